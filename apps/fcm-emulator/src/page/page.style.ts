/** The page's looks. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #eef0f4; --text: #14171f; --faint: #646b7a; --line: #d6dae3; --card: #ffffff; --accent: #b4530a;
  --frame: #14171f; --wall-a: #fde3c8; --wall-b: #dfe6fb; --note: rgb(255 255 255 / .92); --note-text: #14171f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1218; --text: #eceef3; --faint: #949cab; --line: #2a303c; --card: #181c25; --accent: #f5a25d;
    --frame: #05070b; --wall-a: #3a2a1f; --wall-b: #1e2740; --note: rgb(38 43 55 / .94); --note-text: #eceef3;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 28px clamp(16px, 4vw, 48px) 48px; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; gap: 16px 40px; align-items: end; justify-content: space-between; margin-bottom: 28px; }
h1 { margin: 0; font-size: 26px; letter-spacing: -.02em; }
header p { margin: 2px 0 0; color: var(--faint); }
dl { display: flex; flex-wrap: wrap; gap: 8px; margin: 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 6px 14px; min-width: 88px; }
dt { color: var(--faint); font-size: 12px; }
dd { margin: 0; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; }
#problem { background: var(--accent); color: #fff; padding: 10px 14px; border-radius: 10px; }
#empty { color: var(--faint); padding: 64px 0; text-align: center; }
[hidden] { display: none; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 28px; }
figure { margin: 0; max-width: 340px; }
.phone { background: var(--frame); border-radius: 40px; padding: 10px; box-shadow: 0 16px 36px rgb(0 0 0 / .18); }
.glass {
  position: relative; height: 500px; overflow-y: auto; border-radius: 31px; padding: 16px 11px 20px;
  background: linear-gradient(165deg, var(--wall-a), var(--wall-b)); scrollbar-width: none;
}
.bar { display: flex; justify-content: space-between; padding: 0 12px; font-size: 12px; font-weight: 600; }
.bar::before {
  content: ""; position: absolute; top: 12px; left: 50%; width: 70px; height: 19px; margin-left: -35px;
  background: var(--frame); border-radius: 12px;
}
.clock { margin: 30px 0 20px; text-align: center; font-size: 50px; font-weight: 300; line-height: 1; letter-spacing: -.03em; }
.note {
  background: var(--note); color: var(--note-text); border-radius: 16px; padding: 11px 13px; margin-bottom: 8px;
  box-shadow: 0 1px 3px rgb(0 0 0 / .12); overflow-wrap: anywhere; animation: drop .35s ease-out;
}
.note .app { display: flex; gap: 6px; align-items: center; color: var(--faint); font-size: 11px; margin-bottom: 3px; }
.note .app::before { content: ""; width: 13px; height: 13px; border-radius: 4px; background: var(--accent); }
.note time { margin-left: auto; }
.note strong { display: block; font-size: 14px; }
.note span { display: block; white-space: pre-wrap; font-size: 13.5px; }
.note img { display: block; width: 100%; max-height: 130px; object-fit: cover; border-radius: 10px; margin-top: 8px; }
.note a { display: inline-block; margin-top: 5px; color: var(--accent); font-size: 12.5px; }
.quiet { text-align: center; color: var(--faint); font-size: 13px; margin-top: 40px; }
figcaption { padding: 12px 10px 0; }
figcaption code { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13px; font-weight: 600; }
figcaption small { color: var(--faint); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@keyframes drop { from { opacity: 0; transform: translateY(-12px); } }
@media (prefers-reduced-motion: reduce) { .note { animation: none; } }
`;
