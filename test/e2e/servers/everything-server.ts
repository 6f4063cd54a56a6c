// The public "everything" server of the MCP project, as its package runs it: a process that listens for plain HTTP. TLS is put
// in front of it. The process ends with `stop()`, and by itself when this process is gone.

import { fork } from 'node:child_process';
import { type RequestListener, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '../../../src/store/engine-process.ts';
import { end, until } from '../appliance.ts';

export interface EverythingServer {
  listener: RequestListener;
  stop(): Promise<void>;
}

export async function startEverything(kind: 'streamableHttp' | 'sse'): Promise<EverythingServer> {
  const packageFile = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');
  const port = await freePort();
  const child = fork(join(dirname(packageFile), 'dist/index.js'), [kind], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, PORT: String(port) },
    execArgv: ['--import', "data:text/javascript,process.once('disconnect',()=>process.exit())"],
  });
  const killIt = () => void child.kill('SIGKILL');
  process.on('exit', killIt);
  const stop = async () => {
    process.off('exit', killIt);
    await end(child);
  };
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/none`, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    );
  try {
    await until(answers, (up) => up, 20_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { listener: forwardTo(port), stop };
}

function forwardTo(port: number): RequestListener {
  return (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.pipe(outgoing);
    });
    outgoing.on('close', () => onward.destroy());
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
}
