"""An MCP session of 2025-03-26 through an HTTPS proxy, with certificates verified by the letter of RFC 5280.

Arguments: proxy host, proxy port, CA file, host, port, path. Prints one JSON-RPC message a line.
"""

import http.client
import json
import ssl
import sys

proxy_host, proxy_port, ca_file, host, port, path = sys.argv[1:]
context = ssl.create_default_context(cafile=ca_file)
context.verify_flags |= ssl.VERIFY_X509_STRICT
connection = http.client.HTTPSConnection(proxy_host, int(proxy_port), context=context, timeout=10)
connection.set_tunnel(host, int(port))


def post(message, headers):
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        **headers,
    }
    connection.request("POST", path, json.dumps(message), headers)
    response = connection.getresponse()
    print(response.read().decode().strip())
    return response.headers.get("Mcp-Session-Id", "")


client = {"name": "python-agent", "version": "3.0"}
opening = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": client}
session = post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening}, {})
if session:
    call = {"name": "echo", "arguments": {"message": "hello"}}
    post({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}, {"Mcp-Session-Id": session})
