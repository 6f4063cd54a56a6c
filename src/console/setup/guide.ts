// What the setup page tells people to do, system by system and runtime by runtime. Plain data: the page shows it, and tests run the
// snippets of the shells that they have, exactly as they stand here.
//
// Every snippet takes the CA and the bundle from ~/.daylight, where the first section puts them.

import { OWN_HOST } from '../../ask-token.ts';
import { javaOptions, quoted, variablesOf } from './env-script.ts';

export interface Snippet {
  /** Unique in the page. */
  id: string;
  /** What reads it: `sh` (also bash and zsh), `powershell`, `cmd`, or a file of this kind. */
  language: 'sh' | 'powershell' | 'cmd' | 'json' | 'dockerfile' | 'ini';
  code: string;
}

export interface GuideSection {
  id: string;
  title: string;
  /** Sentences before the snippets. */
  text: string;
  snippets: readonly Snippet[];
}

interface GuideOptions {
  /** Address of the proxy as clients know it, without final slash. */
  proxyUrl: string;
  /** What is reached without the proxy, as NO_PROXY has it. */
  noProxy: readonly string[];
}

/** Folder of the CA and the bundle in snippets for sh. */
const FOLDER = '$HOME/.daylight';

export function guideSections({ proxyUrl, noProxy }: GuideOptions): GuideSection[] {
  const fetched = (file: string) =>
    `curl -fsS --noproxy '' -x ${quoted(proxyUrl)} -o "${FOLDER}/${file}" http://${OWN_HOST}/${file}`;
  const variables = Object.entries(variablesOf(proxyUrl, noProxy)).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const sh = (id: string, ...lines: string[]): Snippet => ({ id, language: 'sh', code: lines.join('\n') });
  const proxyOf = new URL(proxyUrl);
  return [
    {
      id: 'get',
      title: 'Get the CA',
      text: 'Every other step reads these two files. Compare the fingerprint with the one above, and the one above with the console of Daylight: the download itself is not encrypted.',
      snippets: [
        sh(
          'get-sh',
          `mkdir -p "${FOLDER}"`,
          fetched('ca.crt'),
          fetched('bundle.pem'),
          `openssl x509 -in "${FOLDER}/ca.crt" -noout -fingerprint -sha256`,
        ),
      ],
    },
    {
      id: 'proxy',
      title: 'Use the proxy',
      text: 'Browsers and systems take the automatic configuration file (PAC); programs take variables. Some programs read the small names only.',
      snippets: [sh('proxy-sh', ...variables), { id: 'proxy-pac', language: 'ini', code: `${proxyUrl}/proxy.pac` }],
    },
    {
      id: 'shell',
      title: 'A whole shell at once',
      text: 'Fetches both files and sets the proxy and every variable below, for the programs that are started from this shell. Set DAYLIGHT_FINGERPRINT before it to refuse any other CA.',
      snippets: [
        sh('shell-sh', `eval "$(curl -fsS --noproxy '' -x ${quoted(proxyUrl)} http://${OWN_HOST}/env.sh)"`),
        {
          id: 'shell-powershell',
          language: 'powershell',
          code: `Invoke-RestMethod -Proxy '${proxyUrl}' -Uri http://${OWN_HOST}/env.ps1 | Invoke-Expression`,
        },
      ],
    },
    {
      id: 'windows',
      title: 'Windows',
      text: `For a domain: in Group Policy Management, Computer Configuration > Policies > Windows Settings > Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import, and choose the DER file. For one machine, as administrator:`,
      snippets: [
        { id: 'windows-cmd', language: 'cmd', code: 'certutil -addstore -f Root daylight-ca.cer' },
        {
          id: 'windows-powershell',
          language: 'powershell',
          code: 'Import-Certificate -FilePath daylight-ca.cer -CertStoreLocation Cert:\\LocalMachine\\Root',
        },
      ],
    },
    {
      id: 'macos',
      title: 'macOS',
      text: 'For a fleet: give the configuration profile to your device management; what it installs is trusted. A profile that a person installs by hand has to be set to "Always Trust" in Keychain Access. For one machine:',
      snippets: [
        sh('macos-sh', `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "${FOLDER}/ca.crt"`),
      ],
    },
    {
      id: 'debian',
      title: 'Debian, Ubuntu',
      text: 'The name must end in .crt. Programs that use the roots of the system (curl, git, wget, Go, apt) trust it from then on.',
      snippets: [
        sh(
          'debian-sh',
          `sudo cp "${FOLDER}/ca.crt" /usr/local/share/ca-certificates/daylight.crt`,
          'sudo update-ca-certificates',
        ),
      ],
    },
    {
      id: 'redhat',
      title: 'Red Hat, Fedora',
      text: 'The roots of the system, and those of Java from the packages of the system.',
      snippets: [
        sh('redhat-sh', `sudo cp "${FOLDER}/ca.crt" /etc/pki/ca-trust/source/anchors/daylight.crt`, 'sudo update-ca-trust'),
      ],
    },
    {
      id: 'firefox',
      title: 'Firefox',
      text: 'Has roots of its own. Put this into policies.json (Windows: distribution below the program folder; macOS: Firefox.app/Contents/Resources/distribution; Linux: /etc/firefox/policies). ImportEnterpriseRoots takes over what Windows and macOS trust.',
      snippets: [
        {
          id: 'firefox-json',
          language: 'json',
          code: JSON.stringify(
            {
              policies: {
                Certificates: { ImportEnterpriseRoots: true, Install: ['daylight-ca.crt', '/etc/daylight/ca.crt'] },
                Proxy: { Mode: 'autoConfig', AutoConfigURL: `${proxyUrl}/proxy.pac` },
              },
            },
            null,
            2,
          ),
        },
      ],
    },
    {
      id: 'python',
      title: 'Python',
      text: 'urllib and httpx read SSL_CERT_FILE, requests reads REQUESTS_CA_BUNDLE, pip reads PIP_CERT. Each replaces the roots, so they get the bundle.',
      snippets: [
        sh(
          'python-sh',
          ...variables,
          `export SSL_CERT_FILE="${FOLDER}/bundle.pem"`,
          `export REQUESTS_CA_BUNDLE="${FOLDER}/bundle.pem"`,
          `export PIP_CERT="${FOLDER}/bundle.pem"`,
        ),
      ],
    },
    {
      id: 'node',
      title: 'Node',
      text: 'From 24 on, NODE_USE_ENV_PROXY makes fetch and http use the proxy. NODE_EXTRA_CA_CERTS adds to the roots. Both are read when Node starts.',
      snippets: [sh('node-sh', ...variables, 'export NODE_USE_ENV_PROXY=1', `export NODE_EXTRA_CA_CERTS="${FOLDER}/ca.crt"`)],
    },
    {
      id: 'curl',
      title: 'curl',
      text: 'Replaces the roots, where curl uses OpenSSL. On Windows and macOS the roots of the system count.',
      snippets: [sh('curl-sh', ...variables, `export CURL_CA_BUNDLE="${FOLDER}/bundle.pem"`)],
    },
    {
      id: 'git',
      title: 'Git',
      text: 'Written into the configuration of the person; it replaces the roots for https remotes.',
      snippets: [
        sh(
          'git-sh',
          `git config --global http.proxy ${quoted(proxyUrl)}`,
          `git config --global http.sslCAInfo "${FOLDER}/bundle.pem"`,
        ),
      ],
    },
    {
      id: 'java',
      title: 'Java',
      text: 'Reads neither proxy variables nor the roots of the system. This makes a copy of its own roots with the CA in it; to change those of the whole installation, use keytool -importcert -cacerts as administrator.',
      snippets: [
        sh(
          'java-sh',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it.
          'JAVA="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v keytool)")")")}"',
          `cp "$JAVA/lib/security/cacerts" "${FOLDER}/java-truststore" && chmod u+w "${FOLDER}/java-truststore"`,
          `keytool -importcert -noprompt -alias daylight -file "${FOLDER}/ca.crt" -keystore "${FOLDER}/java-truststore" -storepass changeit`,
          `export JAVA_TOOL_OPTIONS="${javaOptions(proxyUrl, noProxy, FOLDER)}"`,
        ),
      ],
    },
    {
      id: 'go',
      title: 'Go',
      text: 'On Linux, Go reads the roots of the system or SSL_CERT_FILE, which replaces them. On Windows and macOS the roots of the system count.',
      snippets: [sh('go-sh', ...variables, `export SSL_CERT_FILE="${FOLDER}/bundle.pem"`)],
    },
    {
      id: 'docker',
      title: 'Docker',
      text: 'The daemon pulls images itself: it needs the CA in the roots of its system and the proxy in its own configuration (daemon.json). Containers get the proxy from config.json of the person who starts them, and the CA while the image is built.',
      snippets: [
        {
          id: 'docker-daemon',
          language: 'json',
          code: JSON.stringify(
            { proxies: { 'http-proxy': proxyUrl, 'https-proxy': proxyUrl, 'no-proxy': noProxy.join(',') } },
            null,
            2,
          ),
        },
        {
          id: 'docker-client',
          language: 'json',
          code: JSON.stringify(
            { proxies: { default: { httpProxy: proxyUrl, httpsProxy: proxyUrl, noProxy: noProxy.join(',') } } },
            null,
            2,
          ),
        },
        {
          id: 'docker-image',
          language: 'dockerfile',
          code: 'COPY ca.crt /usr/local/share/ca-certificates/daylight.crt\nRUN update-ca-certificates\nENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/daylight.crt \\\n    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \\\n    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt',
        },
      ],
    },
    {
      id: 'windows-programs',
      title: 'Programs of Windows services',
      text: 'Services do not see what a person set. WinHTTP has a proxy of its own:',
      snippets: [{ id: 'winhttp-cmd', language: 'cmd', code: `netsh winhttp set proxy proxy-server="${proxyOf.host}"` }],
    },
  ];
}
