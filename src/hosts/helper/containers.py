"""What a compose project runs on this host, read from Docker itself."""
import json
import shutil
import subprocess


def _run(*argv, limit=20):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit)
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return 127, "", "%s is not installed" % argv[0]
    except subprocess.TimeoutExpired:
        return 124, "", "%s did not answer in time" % argv[0]


def look(spec):
    """{ problem, services: { name: { running, image, name, named, health, containers, grace, files } }, exposed }; None without a project."""
    if not spec:
        return None
    found = {"problem": None, "services": {}, "exposed": []}
    code, _, said = _run(*spec["command"].split(), "version")
    if code != 0:
        return dict(found, problem="%s: %s" % (spec["command"], (said.splitlines() or ["exit %d" % code])[0]))
    code, out, said = _run("docker", "ps", "--all", "--no-trunc", "--quiet", "--filter", "label=com.docker.compose.project=%s" % spec["project"],
                           "--filter", "label=com.docker.compose.oneoff=False")
    if code != 0:
        return dict(found, problem="docker: %s" % (said.splitlines() or ["exit %d" % code])[0])
    ids = out.split()
    if not ids:
        return found
    code, out, said = _run("docker", "inspect", *ids)
    if code != 0:
        return dict(found, problem="docker inspect: %s" % said[:200])
    for container in json.loads(out):
        labels = container["Config"]["Labels"]
        service = labels.get("com.docker.compose.service", "")
        state = container["State"]
        running = state.get("Status") == "running"
        known = found["services"].get(service)
        if known and known["running"] and not running:
            continue
        found["services"][service] = {"running": running, "image": container["Image"], "name": container["Config"]["Image"], "named": _named(container["Config"]["Image"]),
                                      "health": (state.get("Health") or {}).get("Status"), "containers": (known["containers"] if known and known["running"] else 0) + 1,
                                      "grace": container["Config"].get("StopTimeout"), "files": [path for path in labels.get("com.docker.compose.project.config_files", "").split(",") if path]}
        for port, bindings in sorted((container["NetworkSettings"].get("Ports") or {}).items()):
            for binding in bindings or []:
                if binding.get("HostIp") in ("0.0.0.0", "::", ""):
                    found["exposed"].append("%s %s:%s->%s" % (service, binding["HostIp"], binding["HostPort"], port))
    found["exposed"] = sorted(set(found["exposed"]))
    return found


def _named(name):
    code, out, _ = _run("docker", "image", "inspect", "--format", "{{.Id}}", name)
    return out.strip() if code == 0 else None


def versions(spec):
    """(name, command) pairs for facts.py."""
    if not spec:
        return []
    return [("docker", ["docker", "--version"]), ("compose", spec["command"].split() + ["version"])] if shutil.which("docker") else []
