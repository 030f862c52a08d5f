#!/bin/sh
# with_python.sh SCRIPT [ARGUMENT...]: runs SCRIPT with the first Python that is new enough; PYTHON=… says which.

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if [ -n "$PYTHON" ]; then
    new_enough "$PYTHON" && exec "$PYTHON" "$@"
    echo "PYTHON=$PYTHON is not a Python 3.11 or newer that runs: name another one, or leave PYTHON out and run make again." >&2
    exit 1
fi

for python in python3.14 python3.13 python3.12 python3.11 python3; do
    new_enough "$python" && exec "$python" "$@"
done

has=$(python3 -c 'import sys; print("python3 is %d.%d" % sys.version_info[:2])' 2>/dev/null) || has="there is none"
if command -v brew >/dev/null 2>&1; then mend="brew install python@3.13"
elif [ "$(uname)" = Darwin ]; then mend="open https://www.python.org/downloads/"
elif command -v dnf >/dev/null 2>&1; then mend="sudo dnf install python3.12"
elif apt-cache show python3.11-venv 2>/dev/null | grep -q .; then mend="sudo apt install python3.11 python3.11-venv"
else mend="sudo apt install python3 python3-venv"
fi
echo "Hallway needs Python 3.11 or newer ($has here): install it with \`$mend\`, or name one with PYTHON=/path/to/python, and run make again." >&2
exit 1
