// The audits of graphql-http: prints those that are not fulfilled, and how many there were.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
const results = await auditServer({ url, fetchFn: fetch });
const failed = results.filter((result) => result.status !== "ok").map((r) => `${r.id} ${r.name}: ${r.reason}`);
console.log(JSON.stringify({ audits: results.length, failed }));
