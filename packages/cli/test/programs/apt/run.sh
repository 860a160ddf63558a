# apt and dpkg: packages of a directory are found, installed with what they need, upgraded and removed; their scripts run.
set -eu
cd /root
# The fetching user of apt reads it.
chmod 755 /root
mkdir repository
package() { # name version depends
    root=$(mktemp -d)
    chmod 755 "$root"
    mkdir "$root/DEBIAN" "$root/opt"
    echo "$1 $2" > "$root/opt/$1"
    cat > "$root/DEBIAN/control" <<- END
		Package: $1
		Version: $2
		Architecture: all
		Maintainer: nobody <nobody@example.org>
		Description: for a test
		${3:+Depends: $3}
	END
    sed -i '/^$/d' "$root/DEBIAN/control"
    for script in preinst postinst prerm postrm; do
        printf '#!/bin/sh\necho "%s %s %s: $*"\n' "$1" "$2" "$script" > "$root/DEBIAN/$script"
        chmod 755 "$root/DEBIAN/$script"
    done
    file=repository/$1_$2.deb
    dpkg-deb --root-owner-group --build "$root" "$file" > /dev/null
    { dpkg-deb --field "$file"; echo "Filename: ./$1_$2.deb"; echo "Size: $(stat -c %s "$file")"
      echo "SHA256: $(sha256sum "$file" | cut -d' ' -f1)"; echo; } >> repository/Packages
}
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/root/repository ./' > /etc/apt/sources.list
get() { apt-get -qq "$@" 2>&1 | grep -E '^(one|two) ' || true; }

package one 1.0
package two 1.0 'one (>= 1.0)'
apt-get -qq update
get install two
cat /opt/one /opt/two
package one 2.0
apt-get -qq update
get upgrade
cat /opt/one
get remove one
get purge two
dpkg-query -W -f '${Package} ${Status}\n' one
dpkg-query -W two 2>&1 || ls -d /opt/* 2> /dev/null || echo 'nothing is left'
dpkg --audit
