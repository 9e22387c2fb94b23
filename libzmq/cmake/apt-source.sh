#!/bin/sh
# apt-source.sh <source package> <apt folder> <destination>
# Downloads the newest source package this machine's own mirrors offer; apt verifies it by the mirrors' keys.
# Reads /etc/apt and writes only below the two folders, so it needs no root and leaves the system's lists alone.
set -eu
package=$1 apt=$2 destination=$3
rm -rf -- "$destination"
mkdir -p "$apt/parts" "$apt/state/lists/partial" "$apt/cache/archives/partial" "$destination"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$list" ] || continue
  sed -E -e 's/^deb(-src)?([[:space:]])/deb-src\2/' -e 's/^Types:.*/Types: deb-src/' \
    "$list" > "$apt/parts/$(basename "$list")"
done
cat > "$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/parts";
Dir::State "$apt/state";
Dir::State::status "/dev/null";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Sandbox::User "$(id -un)";
CONF
APT_CONFIG=$apt/apt.conf
export APT_CONFIG
# A third-party list without sources makes `update` fail; what matters is whether the package is found.
[ -e "$apt/updated" ] || apt-get -q update || echo "apt-get update: exit status $?"
touch "$apt/updated"
cd "$destination"
versions=$(apt-cache showsrc "$package" | sed -n 's/^Version: //p' | sort -Vru)
[ -n "$versions" ] || { echo "no source package '$package' on this machine's mirrors"; exit 1; }
for version in $versions; do    # a mirror may have lost the newest one's files
  rm -f -- "$package"_*
  if apt-get -q source --download-only "$package=$version"; then exit 0; fi
done
exit 1
