# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by script/test: its steps coverage, tsan and valgrind, which are no part of everything.

# httpd's workers, another user, write what they have counted when they end. One that httpd stops at
# once, by a signal that finds it allocating, cannot: writing asks for memory too, and the C library
# complains or waits for ever.
count_with_httpd() {
    # Counting, its picture takes the 250 ms of CPU before it takes much memory.
    local too_slow=test_a_large_picture_beyond_the_count_is_503_and_served_later
    local torn='^(malloc|free|corrupted|double free)|AH0004[56]: child process .* did not exit'
    (umask 0 && chmod -R a+rwX build/coverage &&
        DIGIT_LOG_ALLOWED=$torn tests/httpd/run build/coverage --mpm event \
            -k "not $too_slow")
}

# Lines and branches of our own code, a file a line; what the compiler adds for exceptions is no
# branch of ours.
show_coverage() {
    local found=build/coverage/found.json
    gcovr --root . --object-directory build/coverage --json "$found" --exclude-throw-branches \
        --exclude-unreachable-branches --exclude '.*\.inc$' \
        --filter libdigit/ --filter mod_digit/ --filter trainer/ build/coverage || return
    gcovr --root . --add-tracefile "$found" --txt --branches &&
        gcovr --root . --add-tracefile "$found" --txt --print-summary --fail-under-line 95
}

if wants coverage; then
    # Of all that is compiled only ../../libdigit, mod_digit and trainer count: not the tests, nor
    # the libraries' templates. (A pattern that a shell passes on unquoted.)
    counting='-Og -g1 --coverage -fprofile-update=atomic -fprofile-filter-files=[.]/[lmt][iro]'
    run "build that counts" build build/coverage CFLAGS="$counting" CXXFLAGS="$counting" || exit 1
    find build/coverage -name '*.gcda' -delete
    run "unit tests, counted" core_tests build/coverage tests/requests/out_of_memory tests/tools/run
    run "httpd tests, counted" count_with_httpd
    run "coverage of 95 % of lines" show_coverage
    cat "$logs/coverage-of-95-%-of-lines.log"
fi

many_threads() {
    (configure build/tsan CXXFLAGS='-O1 -g1 -fsanitize=thread') &&
        make -C build/tsan -j"$(nproc)" tests/requests/threads &&
        build/tsan/tests/requests/threads
}

if wants tsan; then
    run "threads under ThreadSanitizer" many_threads
fi

under_valgrind() {
    valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible "$@"
}

# What links libhwy is left to LeakSanitizer, which watches the unit tests and the replay: the library
# reads the clock by an instruction (rdtscp) that valgrind 3.19 has not on every processor.
seeds_under_valgrind() {
    local name
    for name in gif jpeg multipart png; do
        echo "$name"
        under_valgrind "build/gcc/tests/fuzz/fuzz_$name" "tests/fuzz/corpus/$name" || return
    done
}

# small_files NAME CORPORA FORMS: those of the corpora that are for this fuzz target.
small_files() {
    case $1 in
        multipart) find "$3" -type f -size -33k ;;
        jpeg) find "$2" -type f -size -33k \( -iname '*.jp*g' -o -path '*/go-fuzz/jpeg/*' \) ;;
        *) find "$2" -type f -size -33k \( -iname "*.$1" -o -path "*/go-fuzz/$1/*" \) ;;
    esac | sort
}

corpora_under_valgrind() {
    local corpora=${DIGIT_CORPORA_DIR:-$root/../shared/corpora} forms=$logs/forms name files
    [ -d "$corpora" ] || { echo "skipped: no corpora in $corpora; set DIGIT_CORPORA_DIR"; return 0; }
    DIGIT_CORPORA_DIR=$corpora tests/fuzz/corpora.py multipart "$forms" || return
    for name in gif jpeg multipart png; do
        mapfile -t files < <(small_files "$name" "$corpora" "$forms")
        echo "$name: ${#files[@]} files"
        # Without libjpeg's vector code, of which valgrind takes the lanes beyond a row's end for
        # pixels: it calls them uninitialised, and no answer depends on them (MALLOC_PERTURB_).
        JSIMD_FORCENONE=1 under_valgrind "build/gcc/tests/fuzz/fuzz_$name" "${files[@]}" || return
    done
}

if wants valgrind; then
    run "seeds under valgrind" seeds_under_valgrind
    run "corpora under valgrind" corpora_under_valgrind
fi
