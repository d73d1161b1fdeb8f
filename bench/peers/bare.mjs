// A bare node:http + pg server: good SQL by hand, rows grouped in one pass, JSON.stringify. No GraphQL, no checks, no log. In one of three forms, by BARE:
// dates: as pg gives rows, a Date for each time.
// text:  times stay text; RFC 3339 after three cuts.
// json:  PostgreSQL puts the whole answer together as JSON, which is sent as it comes.
import { createServer } from 'node:http';
import pg from 'pg';
import { answersInForms } from './bare-forms.mjs';
import { answersAsJson } from './bare-json.mjs';
import { answersFromRows } from './bare-rows.mjs';

const form = process.env.BARE;
if (form === 'text') pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, 19)}Z`);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, options: '-c TimeZone=UTC -c jit=off' });
const answers = form === 'json' ? answersAsJson : { ...answersFromRows, ...answersInForms };

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  answers[pathname](pool, searchParams).then(
    (body) => response.writeHead(200, { 'content-type': typeOf(pathname), 'content-length': Buffer.byteLength(body) }).end(body),
    (error) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(process.env.PORT), '127.0.0.1');

function typeOf(pathname) {
  return pathname.endsWith('-csv') ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8';
}
