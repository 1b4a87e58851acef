#!/bin/sh
# Runs in temporalio/admin-tools. Server and namespace come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
# Leaves alone what is there already.
set -eu

attributes='SternwayApp SternwayEnvironment SternwayRelease SternwayOutcome SternwayState'

# Repeats a question until Temporal answers it, for half a minute at most.
until_answered() {
  tries=0
  until answer=$("$@" 2>&1); do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      echo "Temporal at $TEMPORAL_ADDRESS, after half a minute of asking '$*': $answer" >&2
      exit 1
    fi
    sleep 0.5
  done
}

# The port opens a moment before the services behind it are ready.
until_answered temporal operator cluster health

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi

# The server looks for new namespaces every few seconds; until then it knows nothing of this one.
until_answered temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"

for attribute in $attributes; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$attribute" --type Keyword
done
