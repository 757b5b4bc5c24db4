#!/bin/sh
# Unpacks the distribution's headless Chromium into the folder $1, with a font and with what of its libraries this machine lacks, and installs
# nothing.
set -eu
mkdir -p "$1/packages" "$1/root"
cd "$1/packages"
# What an installation would bring: names, of which none is installed.
wanted=$(apt-get --simulate --no-install-recommends install chromium-headless-shell fonts-dejavu-core | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
apt-get download -q $wanted
for package in *.deb; do
  dpkg-deb -x "$package" ../root
  rm "$package"
done
cat > ../chromium <<'WRAPPER'
#!/bin/sh
here="$(cd "$(dirname "$0")" && pwd)"
# Some libraries lie in a folder of their own, as those of pulseaudio do.
LD_LIBRARY_PATH="$(find "$here/root/usr/lib" "$here/root/lib" -name '*.so*' -exec dirname {} + 2>/dev/null | sort -u | tr '\n' ':')"
export LD_LIBRARY_PATH FONTCONFIG_FILE="$here/fonts.conf"
# The folder is moved into place once it is whole, so nothing in it may name where it was made.
[ -f "$FONTCONFIG_FILE" ] || cat > "$FONTCONFIG_FILE" <<FONTS
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$here/root/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$here/fonts-cache</cachedir></fontconfig>
FONTS
exec "$here/root/usr/lib/chromium/chromium-headless-shell" "$@"
WRAPPER
chmod 755 ../chromium
