// How the embedded ClickHouse is configured: memory caps, and three users of which only two can do anything.
//
// The engine logs itself in as `default` without a password, so that user must exist; its grants are reduced to what
// starting the listener takes. `writer` owns one database; `reader` may read it, within limits, and nothing else: no
// system tables, no file(), no url().

import { createHash } from 'node:crypto';

export interface EngineUsers {
  writer: { username: string; password: string };
  reader: { username: string; password: string };
}

/** Server configuration as XML. Sizes in bytes. */
export function engineConfigXml(options: { usersFile: string; memoryBytes: number }): string {
  return `<clickhouse>
  <users_config>${escapeXml(options.usersFile)}</users_config>
  <max_server_memory_usage>${options.memoryBytes}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_mark_cache_size>16777216</index_mark_cache_size>
  <background_pool_size>2</background_pool_size>
  <max_concurrent_queries>64</max_concurrent_queries>
  <max_connections>128</max_connections>
  <keep_alive_timeout>30</keep_alive_timeout>
</clickhouse>
`;
}

/** Users, profiles and grants as XML. Passwords appear as SHA-256 only. */
export function engineUsersXml(users: EngineUsers, database: string): string {
  return `<clickhouse>
  <profiles>
    <default/>
    <writer><max_memory_usage>600000000</max_memory_usage></writer>
    <reader>
      <readonly>2</readonly>
      <max_execution_time>10</max_execution_time>
      <max_memory_usage>300000000</max_memory_usage>
      <max_result_rows>1000000</max_result_rows>
      <constraints>
        <max_execution_time><max>30</max></max_execution_time>
        <max_memory_usage><max>300000000</max></max_memory_usage>
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <no_password/>
      ${LOOPBACK}
      <profile>default</profile>
      <quota>default</quota>
      ${grants('SYSTEM LISTEN ON *.*', 'SELECT ON system.numbers')}
    </default>
    <${users.writer.username}>
      <password_sha256_hex>${sha256(users.writer.password)}</password_sha256_hex>
      ${LOOPBACK}
      <profile>writer</profile>
      <quota>default</quota>
      ${grants(
        `SELECT, INSERT, ALTER, CREATE, DROP, TRUNCATE, OPTIMIZE ON ${database}.*`,
        'SELECT ON system.*',
        'TABLE ENGINE ON *',
        'KILL QUERY ON *.*',
      )}
    </${users.writer.username}>
    <${users.reader.username}>
      <password_sha256_hex>${sha256(users.reader.password)}</password_sha256_hex>
      ${LOOPBACK}
      <profile>reader</profile>
      <quota>default</quota>
      ${grants(`SELECT ON ${database}.*`)}
    </${users.reader.username}>
  </users>
</clickhouse>
`;
}

const LOOPBACK = '<networks><ip>127.0.0.1</ip></networks>';

function grants(...list: string[]): string {
  return `<grants>${list.map((grant) => `<query>GRANT ${grant}</query>`).join('')}</grants>`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
