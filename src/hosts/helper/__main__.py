"""Sternway's helper on a host. `serve`: the kept channel. `probe JSON`: one reading. `facts JSON`: what a plan needs to know. `standing JSON FILE`: what a deployment leaves. `break-glass ...`: back without Sternway.

Run as a directory: python3 -I /var/lib/sternway/bin/<checksum> serve
"""
import os
import shutil
import sys
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)  # fork beside threads: the child keeps to its own objects
HOME = os.path.dirname(os.path.abspath(__file__))


def _in_own_scope(argv):
    """Tasks live in cgroups below ours: as root under systemd we first move to a delegated scope that outlives the login."""
    if os.getuid() == 0 and os.environ.get("STERNWAY_SCOPE") is None and shutil.which("systemd-run") and os.path.isdir("/run/systemd/system"):
        os.environ["STERNWAY_SCOPE"] = "asked"
        os.execvp("systemd-run", ["systemd-run", "--quiet", "--scope", "--collect", "--slice=sternway.slice", "-p", "Delegate=yes", "--",
                                  sys.executable, "-I", HOME] + argv)


def main(argv):
    os.umask(0o022)
    os.chdir("/")
    if argv[:1] == ["serve"]:
        _in_own_scope(argv)
        import server
        server.serve()
    elif argv[:1] == ["probe"]:
        import probe
        return probe.main(argv[1:])
    elif argv[:1] == ["facts"]:
        import facts
        return facts.main(argv[1:])
    elif argv[:1] == ["standing"]:
        import standing
        return standing.main(argv[1:])
    elif argv[:1] == ["break-glass"]:
        _in_own_scope(argv)
        import breakglass
        return breakglass.main(argv[1:])
    else:
        sys.stderr.write(__doc__)
        return 2
    return 0


sys.exit(main(sys.argv[1:]))
