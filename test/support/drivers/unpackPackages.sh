#!/bin/sh
# Unpacks packages of the distribution, $2 and on, into the folder $1/root, with those of their libraries that this machine lacks, and installs nothing.
set -eu
folder=$1
shift
mkdir -p "$folder/packages" "$folder/root"
cd "$folder/packages"
apt-get download -q "$@"
for package in *.deb; do
  for library in $(dpkg-deb -f "$package" Depends | tr ',|' '\n\n' | sed 's/(.*//; s/ //g' | grep -E '^z?lib'); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$library" 2>/dev/null)" = installed ] || apt-get download -q "$library"
  done
done
for package in *.deb; do dpkg-deb -x "$package" ../root; done
