#!/usr/bin/env bash
# Breaks the real code in one place at a time, in a copy of the tree, and demands that the named tests fail.
#
#   jcstress-tests/mutants/run.sh [REGEX]     all mutants, or those whose file name matches
#
# A mutant is a patch. Its head says what it breaks, and "Kills: jcstress REGEX" or "Kills: test MODULE CLASS...".
# RUN_WITH is put before each run of tests, for instance RUN_WITH="nice". One that no test can kill says "Survives: " and why; it is run, too, and told.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
pattern=${1:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) | tar -xf - -C "$tree"
cd "$tree"

modules=core,ratelimit,retry,pipeline,jcstress-tests
./mvnw -q test-compile dependency:build-classpath -Dmdep.outputFile=class-path.txt -pl $modules -am
./mvnw -q dependency:copy -pl testkit -am -DoutputDirectory="$work/console" \
  -Dartifact=org.junit.platform:junit-platform-console-standalone:6.1.3
# The JDK that the build uses, which need not be Maven's own.
jdk=$(./mvnw -q validate exec:exec -pl testkit -am -Dexec.skip=false -Dexec.args="-XshowSettings:properties -version" 2>&1 |
  sed -n "s/^ *java\\.home = //p" | head -1)

class_path() { echo "$tree/$1/target/classes:$(cat "$tree/$1/class-path.txt")"; }

# Fails if a test does; what it prints goes to the log.
tests() {
  local mutant=$1 log=$2 kind=$3
  shift 3
  case $kind in
    jcstress)
      # The default: compiled, and once with the compiler's choices at random.
      (cd "$work" && ${RUN_WITH:-} timeout 150 "$jdk/bin/java" -cp "$mutant:$(class_path jcstress-tests)" \
        dev.weir.jcstress.StressMain "$work/results" "-m quick -iters 3" "[.]($1)\$") >"$log" 2>&1
      ;;
    test)
      local module=$1 args=()
      shift
      for class in "$@"; do args+=(-c "$class"); done
      ${RUN_WITH:-} timeout 150 "$jdk/bin/java" -ea -cp "$work/console/*:$mutant:$tree/$module/target/test-classes:$(class_path "$module")" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary "${args[@]}" >"$log" 2>&1
      ;;
    *) echo "$kind is neither jcstress nor test" >&2 && exit 2 ;;
  esac
}

killed=0 survived=0 unexpected=0
for patch in "$root"/jcstress-tests/mutants/*.patch; do
  name=$(basename "$patch" .patch)
  [[ $name =~ $pattern ]] || continue
  file=$(sed -n 's/^+++ b\///p' "$patch")
  module=${file%%/*}
  cp "$file" "$work/original"
  git apply "$patch" || { echo "$name: does not apply any more" >&2 && exit 2; }
  rm -rf "$work/mutant" && mkdir "$work/mutant"
  "$jdk/bin/javac" --release 21 -nowarn -proc:none -d "$work/mutant" -cp "$(class_path "$module")" "$file" ||
    { echo "$name: does not compile any more" >&2 && exit 2; }
  cp "$work/original" "$file"
  read -ra how <<<"$(sed -n 's/^Kills: //p' "$patch")"
  start=$SECONDS
  code=0
  if [ "${how[0]}" = test ]; then # a test that cannot run at all kills nothing
    tests "$tree/$module/target/classes" "$work/log" "${how[@]}" || { cat "$work/log" >&2 && exit 2; }
  fi
  tests "$work/mutant" "$work/log" "${how[@]}" || code=$?
  if [ $code -eq 0 ]; then
    if grep -q '^Survives: ' "$patch"; then
      echo "survived  $name (as expected: $(sed -n 's/^Survives: //p' "$patch"))"
    else
      echo "SURVIVED  $name (${how[*]})"
      unexpected=$((unexpected + 1))
    fi
    survived=$((survived + 1))
  else
    echo "killed    $name ($([ $code -eq 124 ] && echo "hangs" || echo "fails"): ${how[*]}; $((SECONDS - start)) s)"
    killed=$((killed + 1))
  fi
done
echo "$killed killed, $survived survived, $unexpected of them unexpected"
[ $killed -gt 0 ] && [ $unexpected -eq 0 ]
