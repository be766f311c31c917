// Draws Mermaid's text in the page's own colours, which follow its light or dark theme by themselves.
const colours = `
  .node rect, .node polygon, .node path, .node circle { fill: var(--color-background-secondary) !important; stroke: var(--color-brand-primary) !important; }
  .cluster rect { fill: transparent !important; stroke: var(--color-background-border) !important; }
  .nodeLabel, .edgeLabel, .cluster-label, .label, text, span, p { color: var(--color-foreground-primary) !important; fill: var(--color-foreground-primary) !important; }
  .edgeLabel, .edgeLabel rect, .edgeLabel p, .labelBkg { background-color: var(--color-background-primary) !important; fill: var(--color-background-primary) !important; }
  .edgePath path, .flowchart-link, .transition { stroke: var(--color-foreground-muted) !important; }
  .cluster-label span { background: var(--color-background-primary); padding: 0 0.5em; color: var(--color-foreground-muted) !important; }
  marker path, .marker { fill: var(--color-foreground-muted) !important; stroke: var(--color-foreground-muted) !important; }
`;

mermaid.initialize({
  startOnLoad: false,
  securityLevel: "strict",
  theme: "base",
  themeCSS: colours,
  fontFamily: "inherit",
  themeVariables: { fontSize: "14px" },
  flowchart: { nodeSpacing: 28, rankSpacing: 36, wrappingWidth: 280, subGraphTitleMargin: { top: 4, bottom: 12 }, useMaxWidth: true },
});

document.querySelectorAll(".highlight-mermaid").forEach(async (block, number) => {
  const { svg } = await mermaid.render(`diagram-${number}`, block.textContent);
  const drawn = document.createElement("div");
  drawn.className = "diagram";
  drawn.innerHTML = svg;
  drawn.querySelectorAll(".cluster").forEach(toTheLeft);
  block.replaceWith(drawn);
});

// A group's title stands in its corner, where no arrow comes in.
function toTheLeft(cluster) {
  const frame = cluster.querySelector("rect");
  const [x, y] = ["x", "y"].map((name) => Number(frame.getAttribute(name)));
  cluster.querySelector(".cluster-label")?.setAttribute("transform", `translate(${x + 6}, ${y + 4})`);
}
