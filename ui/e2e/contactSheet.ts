// Contact sheets: all screenshots of one width and theme on one page.
import { chromium } from "@playwright/test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of the screenshots. */
export const SHOTS = process.env.KANSOKU_SCREENSHOTS ?? join(import.meta.dirname, "../screenshots");

const SHEET = "contact-sheet";

/** Writes `contact-sheet-WIDTH-THEME.html` and the same as `.png` beside the screenshots that `shot` took. */
export async function writeContactSheet(folder = SHOTS): Promise<void> {
  if (!existsSync(folder)) return;
  const all = pictures(folder);
  const browser = await chromium.launch({ executablePath: process.env.KANSOKU_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const group of new Set(all.map((picture) => picture.group))) {
    const one = join(folder, `${SHEET}-${group}.html`);
    writeFileSync(one, page(all.filter((picture) => picture.group === group)));
    const tab = await browser.newPage({ viewport: { width: 1800, height: 900 } });
    await tab.goto(pathToFileURL(one).href);
    await tab.screenshot({ path: join(folder, `${SHEET}-${group}.png`), fullPage: true });
    await tab.close();
  }
  await browser.close();
}

interface Picture {
  file: string;
  title: string;
  group: string;
}

function pictures(folder: string): Picture[] {
  return readdirSync(folder).sort().flatMap((file) => {
    const [, title, group] = /^(.+)-(\d+-(?:light|dark))\.png$/.exec(file) ?? [];
    return title && group && !title.startsWith(SHEET) ? [{ file, title, group }] : [];
  });
}

function page(shown: Picture[]): string {
  const figures = shown.map(({ file, title }) =>
    `<figure><a href="${file}"><img src="${file}" alt=""></a><figcaption>${title} </figcaption></figure>`);
  return `<!doctype html><meta charset="utf-8"><title>Screens</title><style>
body{margin:12px;font:13px sans-serif;display:grid;grid-template-columns:repeat(auto-fill,minmax(420px,1fr));gap:12px}
figure{margin:0}img{width:100%;max-height:560px;object-fit:cover;object-position:top;border:1px solid #999}
</style>${figures.join("\n")}\n`;
}
