#!/usr/bin/env bash
# Runs the command. With USE_SYSTEM_CA_CERTS set, the JVM first learns to trust the system's certificates
# and every *.crt below /certificates, as in the published image.
set -e

JRE_CACERTS_PATH=$JAVA_HOME/lib/security/cacerts

if [ -n "$USE_SYSTEM_CA_CERTS" ]; then
  if [ ! -w "${TMPDIR:-/tmp}" ]; then
    echo "A trust store cannot be made: ${TMPDIR:-/tmp} is not writable."
    exit 1
  fi
  if [ ! -w "$JRE_CACERTS_PATH" ]; then
    own=$(mktemp)
    cp "$JRE_CACERTS_PATH" "$own"
    JRE_CACERTS_PATH=$own
    export JAVA_TOOL_OPTIONS="$JAVA_TOOL_OPTIONS -Djavax.net.ssl.trustStore=$own -Djavax.net.ssl.trustStorePassword=changeit"
  fi
  system=$(mktemp)
  trust extract --overwrite --format=java-cacerts --filter=ca-anchors --purpose=server-auth "$system" > /dev/null
  keytool -importkeystore -noprompt -srckeystore "$system" -srcstorepass changeit \
    -destkeystore "$JRE_CACERTS_PATH" -deststorepass changeit > /dev/null 2>&1
  rm -f "$system"
  if [ -d /certificates ]; then
    find -L /certificates -type f -name '*crt' | sort | while IFS= read -r certificate; do
      keytool -import -noprompt -alias "$(basename "$certificate" .crt)" -file "$certificate" \
        -keystore "$JRE_CACERTS_PATH" -storepass changeit > /dev/null 2>&1 || true
      if [ "$(id -u)" -eq 0 ]; then
        cp -L "$certificate" /usr/local/share/ca-certificates/
      fi
    done
  fi
  if [ "$(id -u)" -eq 0 ]; then
    update-ca-certificates > /dev/null
  fi
fi

export JRE_CACERTS_PATH
exec "$@"
