# Runs in fresh user, mount, network, process and IPC namespaces. Any failure ends it before the
# command is run.
set -eu
scratch=$1 tenant=$2 sets=$3
shift 3

# Held open: /tmp and /run are about to be covered, and the scratch tree or the sets may lie there.
exec 8<"$scratch" 9<"$sets"

mount --make-rprivate /
mount -t proc proc /proc
cat /proc/self/mountinfo | while read -r _ _ _ _ point options _; do
  case $point in
    /proc | /proc/*) continue ;;
  esac
  # Flags that came with a mount must be said again; spaces in its path are octal escapes.
  mount -o "remount,bind,$options,ro" "$(printf '%b' "$point")"
done

mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$tenant" "$sets"
mount --no-canonicalize --bind /proc/self/fd/9 "$sets"
mount --no-canonicalize --bind /proc/self/fd/8 "$tenant"
mount -o remount,bind,rw "$tenant"
exec 8<&- 9<&-

cd "$tenant"
export TMPDIR=/tmp
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
