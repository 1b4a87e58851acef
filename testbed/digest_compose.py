"""The part of digest.py that reads a Docker Compose project: what runs, from which images, with what settings.

Asks the engine itself, as its labels tell what belongs to the project: no Compose, and no file of the project, is needed.
Not covered: ids, addresses and times of containers, which each start makes anew, and what containers write to themselves.
"""

import hashlib
import json
import subprocess

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONE_OFF = "com.docker.compose.oneoff"


def docker(*arguments):
    """The output's lines. Raises RuntimeError with what docker said."""
    done = subprocess.run(["docker"] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return done.stdout.decode().splitlines()


def inspect(kind, names):
    return json.loads("\n".join(docker(kind, "inspect", *names))) if names else []


def image_named(reference):
    """The id of the image that a name leads to now: what the next `up` would start."""
    try:
        return docker("image", "inspect", "--format", "{{.Id}}", reference)[0]
    except RuntimeError:
        return "absent"


def mount(found):
    source = found["Name"] if found["Type"] == "volume" else found["Source"]
    return "%s %s at %s %s" % (found["Type"], source, found["Destination"], "rw" if found["RW"] else "ro")


def ports(found):
    return sorted("%s on %s:%s" % (port, binding["HostIp"], binding["HostPort"])
                  for port, bindings in (found or {}).items() for binding in bindings or [])


def describe(container):
    """{what: text} of one container."""
    config, state, host = container["Config"], container["State"], container["HostConfig"]
    environment = "\0".join(sorted(config.get("Env") or []))
    return {
        "image": container["Image"],
        "image name": config["Image"],
        "image of that name": image_named(config["Image"]),
        "state": "%s%s" % (state["Status"], " %s" % state["Health"]["Status"] if "Health" in state else ""),
        "command": json.dumps([container["Path"]] + container["Args"]),
        "user": config.get("User") or "",
        "directory": config.get("WorkingDir") or "",
        # Hashed, because it holds secrets.
        "environment": hashlib.sha256(environment.encode()).hexdigest(),
        "health check": json.dumps(config.get("Healthcheck"), sort_keys=True),
        "mounts": json.dumps(sorted(mount(found) for found in container["Mounts"])),
        "ports": json.dumps(ports(container["NetworkSettings"]["Ports"])),
        "networks": json.dumps(sorted(container["NetworkSettings"]["Networks"])),
        "restart": host["RestartPolicy"]["Name"],
    }


def name_of(container, entries):
    """`web 1`; for what `run` has left behind, which has no number of its own, `run of web`, `run of web 2`."""
    labels = container["Config"]["Labels"]
    service = labels.get(SERVICE, "?")
    if labels.get(ONE_OFF, "False").lower() != "true":
        return "%s %s" % (service, labels.get(NUMBER, "?"))
    before = sum(key.startswith("run of %s" % service) and key.endswith(" state") for key in entries)
    return "run of %s%s" % (service, " %d" % (before + 1) if before else "")


def read(project):
    """{key: text} of the project's containers, volumes and networks."""
    entries = {}
    label = "label=%s=%s" % (PROJECT, project)
    try:
        for container in inspect("container", docker("ps", "--all", "--quiet", "--no-trunc", "--filter", label)):
            name = name_of(container, entries)
            for what, text in describe(container).items():
                entries["%s %s" % (name, what)] = text
        for kind in ("volume", "network"):
            for name in docker(kind, "ls", "--filter", label, "--format", "{{.Name}}"):
                entries["%s %s" % (kind, name)] = "there"
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        entries["docker"] = "error: %s" % error
    return entries
