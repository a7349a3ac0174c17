# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Set-up that run-workbench and run-tests share: packages, then a build with progress. Sourced, in the repository root.

program=$(basename "$0")

say() { printf '%s\n' "$*" >&2; }
die() { say "$program: $*"; exit 3; }

# packagesIn SECTION...: the package names of these sections of packages.txt, one a line.
packagesIn() {
    awk -v wanted=" $* " '/^\[/ { on = index(wanted, " " substr($0, 2, length($0) - 2) " ") } on && /^[a-z0-9]/ { print $1 }' resources/packages.txt
}

# missingOf PACKAGE...: those that are not installed.
missingOf() {
    local have
    have=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii *//p')
    printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$have")
}

# runQuietly LOG COMMAND...: output goes to LOG; false when the command fails.
runQuietly() {
    local log=$1
    shift
    "$@" >>"$log" 2>&1
}

# installPackages SECTION...: installs what is missing, as root or through sudo. Nothing missing: takes no time.
installPackages() {
    local wanted missing asRoot=() log=build/install.log
    mapfile -t wanted < <(packagesIn "$@")
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "$program: this is not a Debian machine; going on as if these packages were there: ${wanted[*]}"
        return
    fi
    mapfile -t missing < <(missingOf "${wanted[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "packages are missing and neither root nor sudo is here; as root: apt-get install --no-install-recommends ${missing[*]}"
        asRoot=(sudo)
    fi
    say "Installing ${#missing[@]} of ${#wanted[@]} packages (resources/packages.txt says what each is for): ${missing[*]}"
    mkdir -p build
    : >"$log"
    runQuietly "$log" "${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update \
        || say "$program: apt-get update failed ($log); trying with the package lists at hand"
    runQuietly "$log" "${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" \
        || die "packages could not be installed: $(grep -m1 '^E: ' "$log" || echo 'apt-get failed'); see $log"
}

# showProgress: passes ninja's lines on as one counter, rewritten on a terminal, every tenth part otherwise.
showProgress() {
    local line step total last=-1
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        step=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
        if [ -t 2 ]; then
            printf '\rBuilding %d of %d ' "$step" "$total" >&2
        elif [ $((step * 10 / total)) -gt "$last" ]; then
            last=$((step * 10 / total))
            say "Building $step of $total"
        fi
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

# build PRESET [TARGET...]: configures and builds; everything the tools say goes to build/PRESET/build.log.
build() {
    local preset=$1 log=build/$1/build.log
    shift
    mkdir -p "build/$preset"
    : >"$log"
    runQuietly "$log" cmake --preset "$preset" \
        || die "configuring failed: $(grep -m1 -A2 'CMake Error' "$log" | tr -s '\n ' ' '); see $log"
    if ! ninja -C "build/$preset" "$@" 2>&1 | tee -a "$log" | showProgress; then
        grep -E -m5 '(error|Error): ' "$log" >&2
        die "the build failed; see $log"
    fi
}
