#!/bin/sh
# Unpacks the distribution's pgbouncer into the folder $1, with those of its libraries that this machine lacks, and installs nothing.
set -eu
mkdir -p "$1/packages" "$1/root"
cd "$1/packages"
apt-get download -q pgbouncer
for library in $(dpkg-deb -f pgbouncer_*.deb Depends | tr ',|' '\n\n' | sed 's/(.*//' | grep -o 'lib[^ ]*'); do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$library" 2>/dev/null)" = installed ] || apt-get download -q "$library"
done
for package in *.deb; do dpkg-deb -x "$package" ../root; done
cat > ../pgbouncer <<'WRAPPER'
#!/bin/sh
root="$(dirname "$0")/root"
LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-*)" exec "$root/usr/sbin/pgbouncer" "$@"
WRAPPER
chmod 755 ../pgbouncer
