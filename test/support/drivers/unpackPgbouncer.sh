#!/bin/sh
# Unpacks the distribution's pgbouncer into the folder $1, with a program that finds its libraries there.
set -eu
sh "$(dirname "$0")/unpackPackages.sh" "$1" pgbouncer
cat > "$1/pgbouncer" <<'WRAPPER'
#!/bin/sh
root="$(dirname "$0")/root"
LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-*)" exec "$root/usr/sbin/pgbouncer" "$@"
WRAPPER
chmod 755 "$1/pgbouncer"
