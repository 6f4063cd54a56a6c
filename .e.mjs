import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { decide } from './src/engine/decide.ts';
import { readHar, judgeHar } from './src/engine/har.ts';
import { compileSnapshot } from './src/engine/snapshot.ts';
import { loadSnapshotSource } from './src/load.ts';
import { redactUrl } from './src/engine/redact-url.ts';
const dec=(b,e)=>{try{return e==='gzip'?gunzipSync(b):e==='br'?brotliDecompressSync(b):e==='deflate'?inflateSync(b):e==='zstd'?zstdDecompressSync(b):undefined}catch{return undefined}};
const s = compileSnapshot(loadSnapshotSource('./rules').source);
const walk=(d)=>readdirSync(d).flatMap(n=>{const p=join(d,n);return statSync(p).isDirectory()?walk(p):n.endsWith('.har')?[p]:[]});
const tally={}; const bad=[]; const urls=new Map();
for (const f of walk('/work/shared/corpus')) {
  let es; try { es=readHar(readFileSync(f,'utf8'),{decompress:dec}); } catch(e){ console.log(f,e.message); continue; }
  const dir=f.split('/')[4];
  for (const {entry,verdict,requestVerdict} of judgeHar(es,(fl,p)=>decide(fl,s,p))) {
    const l=entry.label??{}; const lab=l.label??dir;
    let exp = lab==='mcp'? (/oauth|registry|discover/i.test(l.sublabel??'')?'discovery':/install|package|npm|pypi/i.test(l.sublabel??'')?'install':'shadow') : lab==='llm-mcp'? ((l.sublabel??'').startsWith('provider')?'hosted':'attached') : 'none';
    const k=`${dir} ${lab} ${exp} ${l.decidable??''}${l.ambiguous?' ambiguous':''} -> ${verdict.traffic}`; tally[k]=(tally[k]??0)+1;
    if (verdict.traffic!==exp && !l.ambiguous && !(exp==='none'&&verdict.traffic==='suspect')) bad.push(`${f.split('/').slice(4).join('/')}#${entry.index} ${l.sublabel} ${l.decidable} exp=${exp} got=${verdict.traffic} ${verdict.confidence} ${entry.flow.request.method} ${redactUrl(entry.flow.request.url).slice(0,90)} [${verdict.signals.map(x=>x.id)}]`);
    if (exp==='none' && requestVerdict.traffic!=='none' && requestVerdict.traffic!=='suspect') console.log('REQUEST FP', f, entry.index, requestVerdict.traffic);
    const u=entry.flow.request.url, r=redactUrl(u); if (r!==u) urls.set(r,u);
    if (verdict.traffic==='suspect') bad.push(`SUSPECT ${f.split('/').slice(4).join('/')}#${entry.index} exp=${exp} ${verdict.confidence} ${entry.flow.request.method} ${r.slice(0,90)} [${verdict.signals.map(x=>x.id)}]`);
  }
}
console.log(Object.entries(tally).sort().map(([k,v])=>`${k}: ${v}`).join('\n')); console.log(bad.length); console.log(bad.slice(0,60).join('\n'));
import { writeFileSync } from 'node:fs'; writeFileSync('/tmp/urls.txt',[...urls].map(([r,u])=>u.slice(0,300)+'\n   '+r.slice(0,300)).join('\n'));
