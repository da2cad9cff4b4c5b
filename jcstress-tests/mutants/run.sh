#!/usr/bin/env bash
# Breaks the real code in one place at a time, and demands that the named tests fail.
#
#   jcstress-tests/mutants/run.sh [REGEX]     all mutants, or those whose file name matches
#
# A mutant is a patch of one file; it is applied to a copy of the file, which is compiled in front of the class path.
# The patch's head says what it breaks, and "Kills: jcstress REGEX" or "Kills: test MODULE CLASS|CLASS#METHOD(TYPES)...".
# One that no test can kill says "Survives: " and why; it is run, too, and told if it is killed nevertheless.
#
# The unbroken code must pass the same tests first. A test that hangs kills, too: when it takes 10 s longer than twice
# what it takes on the unbroken code, which then still passes within that time. A jcstress test runs in one compiler,
# and if that does not kill, in all. Unit tests run with the parallel collector, as a write barrier of G1 may be a fence
# of its own, which would hide a missing one.
#
# Exits with 1 if a mutant survives unexpectedly, or none matches; with 2 if a mutant or a test cannot be run.
# RUN_WITH is put before each run of tests, for instance RUN_WITH="nice"; COMPILED=1 says that all modules are compiled.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
pattern=${1:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

broken() {
  echo "$*" >&2
  exit 2
}

modules=core,ratelimit,retry,pipeline,micrometer,jcstress-tests
libraries=$root/target/mutants
mkdir -p "$libraries"
[ -n "${COMPILED:-}" ] || ./mvnw -q test-compile dependency:build-classpath -pl $modules -am \
  -Dmdep.outputFile="$libraries/\${project.artifactId}.txt" || broken "the tree does not compile"
ls "$libraries"/junit-platform-console* >/dev/null 2>&1 ||
  ./mvnw -q dependency:copy -pl testkit -am -DoutputDirectory="$libraries" \
    -Dartifact=org.junit.platform:junit-platform-console-standalone:6.1.3 || broken "no console for the unit tests"
# The JDK that the build uses, which need not be Maven's own.
[ -s "$libraries/jdk" ] || ./mvnw -q validate exec:exec -pl testkit -am -Dexec.skip=false \
  -Dexec.args="-XshowSettings:properties -version" 2>&1 | sed -n "s/^ *java\\.home = //p" | head -1 >"$libraries/jdk"
jdk=$(cat "$libraries/jdk")

class_path() {
  local artifact=weir-$1
  [ -s "$libraries/$artifact.txt" ] || broken "no class path of $1"
  echo "$root/$1/target/classes:$(cat "$libraries/$artifact.txt")"
}

one_compiler="-m quick -iters 8 -time 100 -f 1 -jvmArgs -XX:-TieredCompilation"
all_compilers="-m quick -iters 6 -time 100"

# Without a logger, which would keep more of what the parts log than a JVM of a jcstress test has memory for.
class_path_of_jcstress() {
  class_path jcstress-tests | tr ':' '\n' | grep -v /slf4j-simple- | paste -sd:
}

# Fails if a test does; what it prints goes to the log.
tests() {
  local classes=$1 limit=$2 options=$3 kind=$4
  shift 4
  case $kind in
    jcstress)
      (cd "$work" && ${RUN_WITH:-} timeout -k 5 "$limit" "$jdk/bin/java" -cp "$classes:$(class_path_of_jcstress)" \
        dev.weir.jcstress.StressMain "$work/results" "$options" "[.]($1)\$") >"$work/log" 2>&1
      ;;
    test)
      local module=$1 args=() test
      shift
      for test in "$@"; do
        if [[ $test == *#* ]]; then args+=(-m "$test"); else args+=(-c "$test"); fi
      done
      ${RUN_WITH:-} timeout -k 5 "$limit" "$jdk/bin/java" -ea -Drace.seconds=8 -XX:+UseParallelGC -XX:+EnableDynamicAgentLoading \
        -cp "$libraries/*:$classes:$root/$module/target/test-classes:$(class_path "$module")" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary --fail-if-no-tests \
        "${args[@]}" >"$work/log" 2>&1
      ;;
    *) broken "$kind is neither jcstress nor test" ;;
  esac
}

# Runs the tests on the unbroken code, unless that was done, and then on the mutant. Sets verdict and took.
declare -A unbroken
judge() {
  local options=$1 start code limit
  shift
  local key="$options $*"
  if [ -z "${unbroken[$key]:-}" ]; then
    start=$SECONDS
    mkdir -p "$work/nothing"
    tests "$work/nothing" 300 "$options" "$@" || { cat "$work/log" >&2 && broken "fails without a mutant: $*"; }
    unbroken[$key]=$((SECONDS - start + 1))
  fi
  while true; do
    start=$SECONDS code=0
    limit=$((2 * unbroken[$key] + 10))
    tests "$work/mutant" $limit "$options" "$@" || code=$?
    took=$((SECONDS - start))
    [ $code -eq 124 ] || [ $code -eq 137 ] || break
    tests "$work/nothing" $limit "$options" "$@" && break # so it is not the machine that has become slow
    unbroken[$key]=$((2 * unbroken[$key]))
    [ ${unbroken[$key]} -lt 600 ] || broken "too slow to tell what hangs: $*"
  done
  [ -z "${LOGS:-}" ] || cp "$work/log" "$LOGS/$name.log"
  case $code in
    0) verdict=survives ;;
    124 | 137) verdict=hangs ;;
    *) verdict=fails ;;
  esac
}

killed=0 expected=0 unexpected=0
for patch in "$root"/jcstress-tests/mutants/*.patch; do
  name=$(basename "$patch" .patch)
  [[ $name =~ $pattern ]] || continue
  file=$(sed -n 's/^+++ b\///p' "$patch")
  [ -f "$file" ] || broken "$name: there is no $file any more"
  module=${file%%/*}
  rm -rf "$work/source" "$work/mutant"
  mkdir -p "$work/source/$(dirname "$file")" "$work/mutant"
  cp "$file" "$work/source/$file"
  (cd "$work/source" && GIT_CEILING_DIRECTORIES="$work" git apply "$patch") || broken "$name: does not apply any more"
  cmp -s "$file" "$work/source/$file" && broken "$name: changes nothing"
  "$jdk/bin/javac" --release 21 -nowarn -proc:none -d "$work/mutant" -cp "$(class_path "$module")" "$work/source/$file" ||
    broken "$name: does not compile any more"
  read -ra how <<<"$(sed -n 's/^Kills: //p' "$patch")"
  [ ${#how[@]} -ge 2 ] || broken "$name: does not say what kills it"
  why=$(sed -n 's/^Survives: //p' "$patch")
  judge "$one_compiler" "${how[@]}"
  if [ $verdict = survives ] && [ "${how[0]}" = jcstress ]; then
    judge "$all_compilers" "${how[@]}"
  fi
  if [ $verdict != survives ]; then
    echo "killed    $name ($verdict: ${how[*]}; $took s)${why:+, though it says that it survives}"
    killed=$((killed + 1))
  elif [ -n "$why" ]; then
    echo "survived  $name (as expected: $why)"
    expected=$((expected + 1))
  else
    echo "SURVIVED  $name (${how[*]}; $took s)"
    unexpected=$((unexpected + 1))
  fi
done
echo "$killed killed, $expected survived as expected, $unexpected unexpectedly, in $SECONDS s"
[ $((killed + expected)) -gt 0 ] && [ $unexpected -eq 0 ]
