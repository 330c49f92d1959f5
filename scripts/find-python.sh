#!/bin/sh
# Print "ok PATH" for a Python that will do, or one line that says what is missing.
# PYTHON=… in the environment chooses; otherwise the best-tested versions come first.
set -u

wanted='import sys
if sys.version_info < (3, 11):
    print("old", ".".join(map(str, sys.version_info[:2])))
    sys.exit()
try:
    import ensurepip, sqlite3, ssl, venv
except ImportError as error:
    print("without", error.name)
else:
    print("ok", sys.executable)'

first=''
for name in ${PYTHON:-python3.12 python3.13 python3.11 python3 python}; do
    # The name may be a shim for a version that is not installed: only running it tells.
    answer=$("$name" -c "$wanted" 2>/dev/null) || continue
    case $answer in
    'ok '*)
        printf '%s\n' "$answer"
        exit 0
        ;;
    esac
    first=${first:-"$answer $name"}
done

case $first in
'old '*)
    # shellcheck disable=SC2086  # three words: old VERSION NAME
    set -- $first
    printf 'Viva Voce needs Python 3.11 or newer, and %s is %s. Install a newer one, or say where it is: make PYTHON=/path/to/python3.12\n' "$3" "$2"
    ;;
'without '*)
    # shellcheck disable=SC2086
    set -- $first
    printf 'This Python (%s) lacks the module %s. On Debian or Ubuntu: sudo apt install python3-venv; then run make again.\n' "$3" "$2"
    ;;
*)
    printf 'Viva Voce needs Python 3.11 or newer, and there is none in PATH. Install it, or say where it is: make PYTHON=/path/to/python3.12\n'
    ;;
esac
exit 2
