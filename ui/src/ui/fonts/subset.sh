#!/usr/bin/env bash
# Makes the subsets from the packages of Fontsource: needs npm, and Python with fontTools and brotli.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
latin=U+0020-007E,U+00A0-00FF,U+2013-2014,U+2018-201E,U+2022,U+2026,U+20AC,U+2191-2193,U+2212

# Inter gives the width of a figure to hyphens and stops, too, which tears words apart.
only_tabular_figures() {
  python3 - <<'END'
from fontTools.ttLib import TTFont

FIGURES = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
font = TTFont("part.ttf")
table = font["GSUB"].table
lookups = {at for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for at in record.Feature.LookupListIndex}
for at in lookups:
    for part in table.LookupList.Lookup[at].SubTable:
        mapping = getattr(part, "ExtSubTable", part).mapping
        for glyph in set(mapping) - FIGURES:
            del mapping[glyph]
font.save("part.ttf")
END
}

subset() {
  local package=$1 to=$2 features=$3
  npm pack --silent "@fontsource-variable/$package@5.3.0"
  tar -xzf "fontsource-variable-$package-5.3.0.tgz"
  fonttools varLib.instancer -q "package/files/$package-latin-wght-normal.woff2" wght=400:700 -o part.ttf
  only_tabular_figures
  fonttools subset part.ttf --unicodes="$latin" --layout-features="$features" --flavor=woff2 --output-file="$here/$to"
  rm -r package
}

subset inter sans.woff2 kern,tnum,calt,ccmp,locl,mark,mkmk,case
subset jetbrains-mono mono.woff2 ccmp,locl,mark,mkmk
