// All that is known while one board is open.
import type { PanelPlugin } from '@grafana/data';
import { Findings, Work } from './findings';
import type { Board, Panel } from './model';
import { judgeNames } from './names';
import type { Answer, Mark } from './query';
import { isEmpty } from './panelview';
import { judgeNamed } from './shown';
import { judgeText } from './textcheck';

export class Session {
  readonly findings = new Findings();
  readonly work = new Work();
  /** Where each panel is drawn. */
  readonly places = new Map<Panel, HTMLElement>();
  /** What is marked on graphs. */
  marks: Mark[] = [];

  constructor(
    readonly board: Board,
    readonly plugins: Record<string, PanelPlugin>,
  ) {
    judgeNames(board, plugins, this.findings);
  }

  /** Notes what is wrong with an answer. */
  judge(panel: Panel, { frames, errors }: Answer): void {
    errors.forEach((e) => this.findings.add('query', panel, e));
    if (errors.length === 0 && panel.targets?.length && isEmpty(frames)) {
      this.findings.add('empty', panel, 'no query returned anything');
    }
    judgeNamed(panel, frames, this.findings);
  }

  /** Notes text that cannot be read, as the board looks now. */
  judgeText(): void {
    this.findings.clear('cut', 'overlap', 'draw');
    this.places.forEach((element, panel) => judgeText(element, panel, this.findings));
  }
}
