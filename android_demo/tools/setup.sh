#!/usr/bin/env bash
# Installs what tools/test.sh needs, as far as it is missing: Java, JUnit, the Kotlin compiler, Android's classes.
# Debian or Ubuntu, as root or with sudo. Everything that is not a package of the system goes to tools/node_modules.
set -euo pipefail
cd "$(dirname "$0")"

KOTLIN=2.2.21  # as in gradle/libs.versions.toml
JUNIT=/usr/share/java/junit4.jar
HAMCREST=/usr/share/java/hamcrest-core.jar

sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo

packages=()
[ -f "$JUNIT" ] || packages+=(junit4)
[ -f "$HAMCREST" ] || packages+=(libhamcrest-java)
command -v javac >/dev/null || packages+=(default-jdk-headless)
command -v npm >/dev/null || packages+=(npm)
if [ "${#packages[@]}" -gt 0 ]; then
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

if ! grep -qs "\"version\": \"$KOTLIN\"" node_modules/kotlin-compiler/package.json; then
    npm install --silent --no-save --no-audit --no-fund --ignore-scripts "kotlin-compiler@$KOTLIN"
fi

# Android 6's classes are in Debian 11 alone. They come from where the system's own packages come from, by a list of
# sources of its own, which leaves the system's as it is.
ANDROID=node_modules/android/android.jar
if [ ! -f "$ANDROID" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/parts" "$work/lists/partial" "$work/empty" "$(dirname "$ANDROID")"
    chmod 755 "$work"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        sed -n "s|^Debian \(.*\)|deb [signed-by=$keyring] \1 bullseye main|p" | sort -u | head -1 >"$work/parts/bullseye.list"
    options=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/parts"
        -o "Dir::State::Lists=$work/lists" -o APT::Sandbox::User=root -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=")
    if $sudo apt-get "${options[@]}" update && (cd "$work" && apt-get "${options[@]}" download libandroid-23-java); then
        dpkg -x "$work"/libandroid-23-java_*.deb "$work/empty"
        cp "$work/empty/usr/share/java/com.android.android-23.jar" "$ANDROID"
    else
        echo "libandroid-23-java could not be had: the app's sources will not be type-checked" >&2
    fi
fi
