#!/usr/bin/env bash
# Installs every service that the tests use on a Debian machine; run it as root, as often as you like: what is there
# stays. Programs that the system has no package for go to $TIDEWATCH_SERVICES (default: .cache/services).
set -euo pipefail
support=$(cd "$(dirname "$0")" && pwd)
services=${TIDEWATCH_SERVICES:-$support/../../.cache/services}
mkdir -p "$services"
services=$(cd "$services" && pwd)

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need redis-server redis-server
need nft nftables
need ip iproute2
need unshare util-linux
need openssl openssl
need java openjdk-17-jre-headless
need mvn maven
if ((${#packages[@]} > 0)); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -y -q --no-install-recommends "${packages[@]}"
fi

# Runs a command unless it has run before with the same content of the given folder.
unless_current() {
  local stamp=$services/$1.sha256 folder=$2 wanted
  shift 2
  wanted=$(cd "$folder" && sha256sum ./* | sha256sum)
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then return; fi
  "$@"
  printf '%s\n' "$wanted" >"$stamp"
}

install_kafka() {
  rm -rf "$services/kafka/lib"
  mvn -q -B -f "$support/kafka/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$services/kafka/lib"
}

build_tidb() {
  command -v go >/dev/null || { echo "tidb-server needs Go 1.25 or 1.26 to be built" >&2; return 1; }
  "$support/tidb/build.sh" "$services/tidb-server"
}

unless_current kafka "$support/kafka" install_kafka
unless_current tidb-server "$support/tidb" build_tidb
