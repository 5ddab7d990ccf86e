# small-disk.sh DIR COMMAND...: mounts 64 KiB on DIR, runs COMMAND with the
# output there, and says how it ended and what it left.
dir=$1
shift
mount -t tmpfs -o size=64k none "$dir" || exit 2
echo old >"$dir/out.so"
"$@" -o "$dir/out.so"
echo "exit $?"
echo "left: $(cat "$dir/out.so")$(ls -A "$dir" | grep -v '^out.so$')"
