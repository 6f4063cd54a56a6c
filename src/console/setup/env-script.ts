// Scripts that set a shell up: they fetch the CA and the bundle through the proxy into a folder, and set what runtimes read.
//
// Two kinds of variables: those that ADD a certificate (NODE_EXTRA_CA_CERTS, DENO_CERT) get the CA alone; those that REPLACE the roots of a program
// get the bundle, which holds both. Where DAYLIGHT_FINGERPRINT is set, a CA with another one is refused: the script itself comes over
// plain HTTP, so whoever wants to be sure takes the fingerprint from the console.

import { OWN_HOST } from '../../ask-token.ts';

/** Variables whose value replaces the roots that a program trusts. */
const REPLACING = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
] as const;
/** Variables whose value is trusted beside the roots that a program has. */
const ADDING = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT'] as const;

const NO_PROXY = 'localhost,127.0.0.1,::1';

/** What every runtime needs, by name; the folder is `$DAYLIGHT_HOME`. */
export function variablesOf(proxyUrl: string, noProxy: readonly string[]): Record<string, string> {
  const none = [NO_PROXY, ...noProxy].join(',');
  return {
    HTTPS_PROXY: proxyUrl,
    HTTP_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    http_proxy: proxyUrl,
    NO_PROXY: none,
    no_proxy: none,
  };
}

/** Options of the Java runtime: it reads no proxy variables. */
export function javaOptions(proxyUrl: string, noProxy: readonly string[], folder: string): string {
  const { hostname, port } = new URL(proxyUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const proxy = ['http', 'https'].flatMap((scheme) => [`-D${scheme}.proxyHost=${host}`, `-D${scheme}.proxyPort=${port || '80'}`]);
  // Java leaves its loopback addresses out by itself.
  const patterns = noProxy.filter((each) => !each.includes('/')).map(javaPattern);
  const direct = patterns.length === 0 ? [] : [`-Dhttp.nonProxyHosts=${patterns.join('|')}`];
  const trust = [`-Djavax.net.ssl.trustStore=${folder}/java-truststore`, '-Djavax.net.ssl.trustStorePassword=changeit'];
  return [...proxy, ...direct, ...trust].join(' ');
}

/** `.example.com` as `*.example.com`; networks, which Java cannot compare, are left out. */
function javaPattern(direct: string): string {
  return direct.startsWith('.') ? `*${direct}` : direct;
}

/** For sh, bash and zsh: `eval "$(curl -fsS -x PROXY http://daylight.internal/env.sh)"`. */
export function shellScript(proxyUrl: string, noProxy: readonly string[]): string {
  const sets = Object.entries(variablesOf(proxyUrl, noProxy)).map(([name, value]) => `  export ${name}=${quoted(value)}`);
  return `# Daylight: sends the programs of this shell through the proxy, and lets them trust its CA.
daylight_setup() {
  DAYLIGHT_HOME="\${DAYLIGHT_HOME:-$HOME/.daylight}"
  mkdir -p "$DAYLIGHT_HOME" || return 1
  for daylight_file in ca.crt bundle.pem; do
    curl -fsS --noproxy '' -x ${quoted(proxyUrl)} -o "$DAYLIGHT_HOME/$daylight_file.new" "http://${OWN_HOST}/$daylight_file" || return 1
  done
  if [ -n "\${DAYLIGHT_FINGERPRINT:-}" ]; then
    daylight_found="$(openssl x509 -in "$DAYLIGHT_HOME/ca.crt.new" -noout -fingerprint -sha256 | sed 's/.*=//')"
    if [ "$daylight_found" != "$DAYLIGHT_FINGERPRINT" ]; then
      echo "daylight: the CA has the fingerprint $daylight_found, not $DAYLIGHT_FINGERPRINT; nothing was set" >&2
      rm -f "$DAYLIGHT_HOME/ca.crt.new" "$DAYLIGHT_HOME/bundle.pem.new"
      return 1
    fi
  fi
  for daylight_file in ca.crt bundle.pem; do mv "$DAYLIGHT_HOME/$daylight_file.new" "$DAYLIGHT_HOME/$daylight_file"; done
${sets.join('\n')}
  export NODE_USE_ENV_PROXY=1
${ADDING.map((name) => `  export ${name}="$DAYLIGHT_HOME/ca.crt"`).join('\n')}
${REPLACING.map((name) => `  export ${name}="$DAYLIGHT_HOME/bundle.pem"`).join('\n')}
  if command -v keytool >/dev/null 2>&1 && daylight_truststore; then
    export JAVA_TOOL_OPTIONS="${javaOptions(proxyUrl, noProxy, '$DAYLIGHT_HOME')}"
  fi
}
# A copy of the roots that Java has, and the CA.
daylight_truststore() {
  daylight_java="\${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v keytool)")")")}"
  [ -r "$daylight_java/lib/security/cacerts" ] || return 1
  cp "$daylight_java/lib/security/cacerts" "$DAYLIGHT_HOME/java-truststore" || return 1
  chmod u+w "$DAYLIGHT_HOME/java-truststore"
  JAVA_TOOL_OPTIONS= keytool -importcert -noprompt -alias daylight -file "$DAYLIGHT_HOME/ca.crt" \\
    -keystore "$DAYLIGHT_HOME/java-truststore" -storepass changeit >/dev/null 2>&1
}
daylight_setup
`;
}

/** For PowerShell: `irm -Proxy PROXY http://daylight.internal/env.ps1 | iex`. */
export function powerShellScript(proxyUrl: string, noProxy: readonly string[]): string {
  const sets = Object.entries(variablesOf(proxyUrl, noProxy))
    // Names of variables do not differ by case there.
    .filter(([name]) => name === name.toUpperCase())
    .map(([name, value]) => `$env:${name} = '${value.replaceAll("'", "''")}'`);
  const ca = "(Join-Path $folder 'ca.crt')";
  const bundle = "(Join-Path $folder 'bundle.pem')";
  return `# Daylight: sends the programs of this shell through the proxy, and lets them trust its CA.
$ErrorActionPreference = 'Stop'
$folder = if ($env:DAYLIGHT_HOME) { $env:DAYLIGHT_HOME } else { Join-Path $HOME '.daylight' }
New-Item -ItemType Directory -Force -Path $folder | Out-Null
foreach ($file in 'ca.crt', 'bundle.pem') {
  Invoke-WebRequest -UseBasicParsing -Proxy '${proxyUrl.replaceAll("'", "''")}' -Uri "http://${OWN_HOST}/$file" -OutFile (Join-Path $folder $file)
}
${sets.join('\n')}
$env:NODE_USE_ENV_PROXY = '1'
${ADDING.map((name) => `$env:${name} = ${ca}`).join('\n')}
${REPLACING.map((name) => `$env:${name} = ${bundle}`).join('\n')}
`;
}

/** For sh: in single quotes, whatever it holds. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
