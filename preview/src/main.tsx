// Opens the board that the address names, and tells a program that drives the browser how it went.
import { initPluginTranslations } from '@grafana/i18n';
import { createRoot } from 'react-dom/client';
import { App, type Listed } from './app';
import type { Finding } from './findings';
import type { Board } from './model';
import { makePlugins, register } from './plugins';
import type { Mark } from './query';
import { Session } from './session';
import { watchCanvas } from './textcheck';
import { message } from './variables';

declare global {
  interface Window {
    /** What a program may ask of the page. */
    preview: {
      /** Waits until all is drawn, and returns what is wrong with the board. */
      findings: () => Promise<Finding[]>;
      /** Waits until all is drawn, and returns what is marked on graphs. */
      marks: () => Promise<Mark[]>;
      setTheme?: (name: 'dark' | 'light') => void;
    };
  }
}

/** The fonts come with this program, because a board that is drawn before they are there is drawn with other widths. */
async function fonts(): Promise<void> {
  await Promise.all(['400', '500'].flatMap((weight) => [document.fonts.load(`${weight} 12px Inter`), document.fonts.load(`${weight} 12px "Roboto Mono"`)])).catch(() => undefined);
}

async function open(): Promise<Session> {
  watchCanvas();
  register();
  await Promise.all([initPluginTranslations('preview'), fonts()]);
  const boards = (await (await fetch('/boards')).json()) as Listed[];
  const file = new URLSearchParams(location.search).get('board') ?? boards[0]?.file;
  const reply = await fetch(`/boards/${file}`);
  if (!reply.ok) {
    throw new Error(`board ${file}: ${await reply.text()}`);
  }
  const board = (await reply.json()) as Board;
  document.title = board.title;
  const session = new Session(board, makePlugins());
  createRoot(document.getElementById('root') ?? document.body).render(<App session={session} boards={boards} />);
  return session;
}

const opened = open();
opened.catch((e: unknown) => {
  document.body.textContent = message(e);
  document.body.dataset['failed'] = 'yes';
});
window.preview = {
  findings: async () => {
    const session = await opened;
    await session.work.settled();
    session.judgeText();
    return session.findings.all;
  },
  marks: async () => {
    const session = await opened;
    await session.work.settled();
    return session.marks;
  },
};
