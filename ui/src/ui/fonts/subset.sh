#!/usr/bin/env bash
# Makes the subsets from the packages of Fontsource: needs npm, and Python with fontTools and brotli.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
latin=U+0020-007E,U+00A0-00FF,U+2013-2014,U+2018-201E,U+2022,U+2026,U+20AC,U+2191-2193,U+2212

subset() {
  local package=$1 to=$2 features=$3
  npm pack --silent "@fontsource-variable/$package@5.3.0"
  tar -xzf "fontsource-variable-$package-5.3.0.tgz"
  fonttools varLib.instancer -q "package/files/$package-latin-wght-normal.woff2" wght=400:700 -o part.ttf
  fonttools subset part.ttf --unicodes="$latin" --layout-features="$features" --flavor=woff2 --output-file="$here/$to"
  rm -r package
}

subset inter sans.woff2 kern,tnum,calt,ccmp,locl,mark,mkmk,case
subset jetbrains-mono mono.woff2 ccmp,locl,mark,mkmk
