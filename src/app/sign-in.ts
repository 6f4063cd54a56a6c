// The half of the composition root that decides who may use the console, and how it is encrypted: accounts, the OpenID provider, the link
// for the first administrator, the certificate.

import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { openAccess } from '../access/access.ts';
import { removeInviteFile, writeInviteFile } from '../access/invite-file.ts';
import { inviteLink } from '../access/invites.ts';
import { createOidc } from '../access/oidc.ts';
import { createSeal } from '../access/seal.ts';
import type { Access, AccessAct } from '../account.ts';
import type { Config } from '../config.ts';
import type { SignInOptions } from '../console/api/sign-in.ts';
import { type Certificate, type CertificateSource, consoleNames } from '../console/certificate.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { isLoopback } from '../loopback.ts';
import { openCa } from '../proxy/ca.ts';
import { createLeafIssuer } from '../proxy/leaf.ts';
import { loadInstallationKey } from '../store/installation-key.ts';

export interface SignIn {
  options: SignInOptions;
  /** The console is served now: links can be made, and the first administrator let in. */
  servedAt(port: number): void;
  close(): void;
}

/** undefined when accounts cannot be read: nobody can sign in then, and everything else works. */
export function openSignIn(
  config: Config,
  {
    log,
    version,
    sensor,
    audit,
    proxyUrl,
  }: { log: Log; version: string; sensor: string; audit(act: AccessAct): void; proxyUrl(): string },
): SignIn | undefined {
  const { data, console: settings } = config;
  const installationKey = loadInstallationKey(data);
  let base = settings.url;
  const oidc =
    settings.oidc &&
    createOidc({
      ...settings.oidc,
      redirectUri: () => `${base.replace(/\/+$/, '')}/api/oidc/callback`,
      seal: createSeal(installationKey),
    });

  let access: Access;
  try {
    access = openAccess({
      dir: data,
      installationKey,
      idleMs: settings.idle,
      audit(act) {
        audit(act);
        if (act.action === 'account.create') removeInviteFile(data);
      },
    });
  } catch (error) {
    log.error({ err: error }, 'nobody can sign in to the console');
    return undefined;
  }

  function letFirstAdministratorIn(): void {
    const invite = oidc?.role === 'admin' ? undefined : access.firstInvite();
    removeInviteFile(data);
    if (!invite) return;
    const link = inviteLink(base, invite);
    if (process.stderr.isTTY)
      process.stderr.write(
        `\nNobody can sign in yet. This link makes the first administrator (once, within 24 hours):\n\n  ${link}\n\n`,
      );
    else
      log.warn(
        { file: writeInviteFile(data, link) },
        'nobody can sign in yet: the link that makes the first administrator is in this file',
      );
  }

  return {
    options: {
      access,
      oidc,
      publicUrl: settings.url,
      proxyUrl,
      linkTo: (invite) => inviteLink(base, invite),
      idleMinutes: settings.idle / 60_000,
      version,
      sensor,
      onFailure: (error) => log.warn({ err: error }, 'signing in with the OpenID provider did not work'),
      onFault: (error) => log.error({ err: error }, 'a request to the console failed'),
    },
    servedAt(port) {
      if (base === '') base = addressOf(config, port);
      access.servedAt(base);
      letFirstAdministratorIn();
    },
    close: () => access.close(),
  };
}

/** Where a person reaches the console, as far as this machine knows. */
export function addressOf(config: Config, port: number): string {
  const [name = 'localhost'] = namesOf(config);
  return `${usesTls(config) ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** The certificate of the console; undefined where it is served without TLS. */
export function consoleCertificate(config: Config, log: Log): CertificateSource | undefined {
  const { tls, listen } = config.console;
  if (!usesTls(config)) {
    if (!isLoopback(hostOf(listen)))
      log.warn(
        { listen },
        'the console is served without TLS (console.tls: off): passwords pass the network as they are, unless a proxy in front encrypts',
      );
    return undefined;
  }
  const fetch = typeof tls === 'string' ? () => ownCertificate(config) : () => givenCertificate(tls);
  return { fetch, onError: (error) => log.error({ err: error }, 'the certificate of the console cannot be renewed') };
}

function usesTls({ console: { tls, listen } }: Config): boolean {
  return tls === 'auto' ? !isLoopback(hostOf(listen)) : tls !== 'off';
}

/** Opens the CA anew: it may have been rotated. */
async function ownCertificate(config: Config): Promise<Certificate> {
  const [host = 'localhost', ...extraSans] = namesOf(config);
  const { chain, key } = await createLeafIssuer(await openCa({ dir: config.certs })).mint({ host, extraSans });
  return { cert: chain, key };
}

async function givenCertificate(files: { cert: string; key: string }): Promise<Certificate> {
  const read = (file: string) =>
    readFile(file, 'utf8').catch((cause) => {
      throw new DaylightError('ERR_CONFIG_INVALID', `console.tls: cannot read ${file}: ${cause.message}`, { cause });
    });
  return { cert: await read(files.cert), key: await read(files.key) };
}

function namesOf({ console: { listen, url } }: Config): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
  return consoleNames(hostOf(listen), url, { hostname: hostname(), addresses });
}

function hostOf(listen: string): string {
  return listen.slice(0, listen.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
