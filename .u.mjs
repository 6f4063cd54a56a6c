import { readdirSync, readFileSync } from 'node:fs';
import { redactUrl } from './src/engine/redact-url.ts';
// longest unredacted segments/values
const seen=new Map();
const walk=(d)=>readdirSync(d).filter(n=>n.endsWith('.har')).map(n=>d+'/'+n);
let n=0,t=0n; 
for (const d of ['benign','mcp','not-mcp','llm-mcp']) for (const f of walk('/work/shared/corpus/'+d)) for (const e of JSON.parse(readFileSync(f,'utf8')).log.entries) { const u=e.request.url; const a=process.hrtime.bigint(); const r=redactUrl(u); t+=process.hrtime.bigint()-a; n++; for (const p of r.split(/[\/?&=;]/)) if (p.length>=24 && p!=='{redacted}' && /\d/.test(p)) seen.set(p.slice(0,90),u.slice(0,60)); }
console.log(n, Number(t)/n/1000,'us');
console.log([...seen.keys()].slice(0,400).filter((_,i)=>i%6===0).join('\n'));
