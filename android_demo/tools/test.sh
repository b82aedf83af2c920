#!/usr/bin/env bash
# Compiles core/ and runs its tests, then type-checks app/ against Android 6's classes and the stubs here.
# Only what changed is compiled again.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh

build=build/test
junit=/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar
kotlin=tools/node_modules/kotlin-compiler
android=tools/node_modules/android/android.jar
mkdir -p "$build"

# compile NAME CLASSPATH SOURCES...: into build/test/NAME, unless that was made of these very sources and this core,
# whose constants the compiler copies.
compile() {
    local name=$1 classpath=$2 digest
    shift 2
    digest=$(find "$@" core/src/main -name '*.kt' -print0 | sort -z | xargs -0 cat | sha256sum)
    if [ "$(cat "$build/$name.sum" 2>/dev/null)" != "$digest" ]; then
        rm -rf "${build:?}/$name"
        nice bash "$kotlin/bin/kotlinc" -Werror -jvm-target 1.8 -no-reflect -classpath "$classpath" -d "$build/$name" "$@"
        echo "$digest" >"$build/$name.sum"
    fi
}

compile core "" core/src/main/kotlin
compile core_tests "$build/core:$junit" core/src/test/kotlin
java -Dgolden=../tests/golden -Dnetwork=../keras_blur/pretrained/mobile \
    -classpath "$build/core_tests:$build/core:$junit:$kotlin/lib/kotlin-stdlib.jar" \
    org.junit.runner.JUnitCore org.kerasblur.core.GoldenTest org.kerasblur.core.CoreTest

python3 tools/resources.py app/src/main "$build/R/R.kt"
if [ -f "$android" ]; then
    compile app "$build/core:$android" tools/stubs "$build/R" app/src/main/kotlin
    echo "app/ type-checked"
fi
