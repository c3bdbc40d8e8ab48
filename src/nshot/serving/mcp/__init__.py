"""nshot for MCP clients: tools, schemas as resources, and the few-shot prompt for the client's own
model.
"""

from __future__ import annotations

from nshot.serving.mcp.mount import mcp_routes
from nshot.serving.mcp.stdio import serve_stdio

__all__ = ["mcp_routes", "serve_stdio"]
