// An agent made with MCP's TypeScript SDK, 1.x or 2.x: it connects, looks around, asks, reads what is cited and rates it.
// What it saw goes to stdout as one line of JSON. `node --input-type=module < agent.mjs` where the packages are.
const { MCP_URL, MCP_KEY, MCP_SDK, MCP_REVISION, MCP_QUESTION, MCP_DOCUMENT } = process.env;

async function sdk() {
  if (MCP_SDK === "2") return import("@modelcontextprotocol/client");
  const [{ Client }, { StreamableHTTPClientTransport }] = await Promise.all([
    import("@modelcontextprotocol/sdk/client/index.js"),
    import("@modelcontextprotocol/sdk/client/streamableHttp.js"),
  ]);
  return { Client, StreamableHTTPClientTransport };
}

async function connected(key) {
  const { Client, StreamableHTTPClientTransport } = await sdk();
  const mode = MCP_REVISION === "2025-11-25" ? "legacy" : { pin: MCP_REVISION };
  const client = new Client({ name: "agent", version: "1" }, MCP_SDK === "2" ? { versionNegotiation: { mode } } : {});
  const headers = { Authorization: `Bearer ${key}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(MCP_URL), { requestInit: { headers } }));
  return client;
}

const client = await connected(MCP_KEY);
const call = (name, args) => client.callTool({ name, arguments: args });
const tools = (await client.listTools()).tools.map(({ name }) => name);
const resources = (await client.listResources()).resources.map(({ name }) => name);
const templates = (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate);
const prompts = (await client.listPrompts()).prompts.map(({ name }) => name);
const answer = (await call("query_financial_documents", { query: MCP_QUESTION })).structuredContent;
const [{ citation, excerpt }] = answer.results;
const page = (await client.readResource({ uri: citation.uri })).contents[0].text;
const rating = { trace_id: answer.trace_id, rating: 9, comment: `by the TypeScript SDK ${MCP_SDK}` };
const receipt = (await call("submit_feedback", rating)).structuredContent;
const steps = [];
const onprogress = ({ progress, total }) => steps.push([progress, total]);
const followed = { name: "get_ingestion_status", arguments: { key: MCP_DOCUMENT, wait_seconds: 5 } };
const schema = MCP_SDK === "2" ? [] : [undefined]; // an argument that 1.x has before the options
const { state } = (await client.callTool(followed, ...schema, { onprogress })).structuredContent;
const refusal = await call("get_page", { document: "nothing", page: 1 });
const server = client.getServerVersion();
await client.close();
const stranger = await connected("nobody's").then(() => "let in", (error) => String(error));
const seen = { tools, resources, templates, prompts, excerpt, page, receipt, steps, state, refusal, server, stranger };
console.log(JSON.stringify(seen));
