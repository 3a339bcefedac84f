# Runs one PostgreSQL server on behalf of a test process, and outlives it by a moment: the end of our standard input,
# which the kernel brings about however that process ends, stops the server and removes its folder.
#
# Arguments: the folder of PostgreSQL's programs, the folder that is the server's own.
# Input: `init`, `start PORT` or `stop MODE`, one a line. Each is answered with its exit code.
bin=$1
home=$2

# Ctrl-C and a closed terminal are the test process's business, and so is a pipe whose reader is gone.
trap '' HUP INT PIPE
trap 'pg_ctl -m immediate stop; rm -rf "$home"' EXIT
trap 'exit 1' TERM

# Neither our input nor our output may be inherited: the server would keep them open.
pg_ctl() {
    "$bin/pg_ctl" -D "$home/data" -s -w -t 60 "$@" </dev/null >>"$home/control.log" 2>&1
}

init() {
    "$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
        </dev/null >>"$home/control.log" 2>&1
}

while read -r order argument; do
    case $order in
        init) init ;;
        start) pg_ctl -l "$home/server.log" -o "-p $argument" start ;;
        stop) pg_ctl -m "$argument" stop ;;
        *) false ;;
    esac
    echo $?
done
