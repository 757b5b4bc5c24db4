"""Connects as the JSON of the first argument says, and prints the answer to the second."""

import json
import sys

import psycopg

with psycopg.connect(**json.loads(sys.argv[1]), connect_timeout=20) as connection:
    print(connection.execute(sys.argv[2]).fetchone()[0])
