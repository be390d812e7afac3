# Shared by bench/compare and bench/jmh; the current directory is the repository's root.

fail() {
    echo "bench: $1" >&2
    exit 2
}

# The major version of the JDK at $1, or 0.
jdk_version() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || { echo 0; return; }
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
    echo "${version:-0}"
}

# Sets java to the first JDK of at least version 25 among JAVA_HOME, PATH and /usr/lib/jvm.
find_java() {
    on_path=$(command -v javac || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*; do
        if [ -n "$home" ] && [ "$(jdk_version "$home")" -ge 25 ]; then
            java=$home/bin/java
            return
        fi
    done
    fail "no JDK 25 or newer in JAVA_HOME, PATH or /usr/lib/jvm"
}

# Builds the module unless the class file $1 is newer than all sources and the libraries are there.
build_bench() {
    if [ ! -f "$1" ] || [ ! -d bench/target/lib ] || [ -n "$(find bench/src/main bench/pom.xml -newer "$1" | head -n 1)" ]; then
        echo "# building bench" >&2
        mvn -B -q -pl bench -am -DskipTests process-classes >&2 || fail "the build failed"
    fi
}

# The jars the build has put beside the classes, separated by colons.
libraries() {
    list=
    for jar in bench/target/lib/*.jar; do
        [ -f "$jar" ] || fail "no libraries in bench/target/lib; remove bench/target and try again"
        list=$list:$jar
    done
    echo "${list#:}"
}
