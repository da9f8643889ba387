#!/bin/sh
# Makes the namespace, unless it is there.
set -eu

secrets=${SECRETS:-/run/secrets}
operator() {
  temporal operator namespace "$@" --namespace "$TEMPORAL_NAMESPACE" --address "$TEMPORAL_ADDRESS" \
    --tls-ca-path "$secrets/ca.pem" --tls-cert-path "$secrets/uplift.pem" --tls-key-path "$secrets/uplift.key"
}

operator describe >/dev/null 2>&1 || operator create --retention "$TEMPORAL_RETENTION"
