import { xml } from '@codemirror/lang-xml';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'react';
import type { Finding } from './packageFiles';

interface Props {
  label: string;
  language: 'yaml' | 'xml';
  value: string;
  onChange: (value: string) => void;
  /** Marked at their lines. */
  findings: readonly Finding[];
  /** Line that is brought into view; another object asks for it again. */
  at: { line: number } | null;
}

const LOOK = EditorView.theme({
  '&': { maxHeight: '60vh', fontSize: 'var(--mantine-font-size-xs)', border: '1px solid var(--lcm-line)', borderRadius: 'var(--mantine-radius-sm)', backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'var(--lcm-head)', color: 'var(--mantine-color-dimmed)', borderRight: '1px solid var(--lcm-line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'light-dark(rgb(0 0 0 / 5%), rgb(255 255 255 / 6%))' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'light-dark(#b3e0e8, #0b5563) !important' },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.tagName, tags.definition(tags.propertyName)], color: 'light-dark(#0b5d6e, #7ddbe8)' },
  { tag: [tags.string, tags.attributeValue], color: 'light-dark(#7a3e00, #f0b072)' },
  { tag: tags.attributeName, color: 'light-dark(#5f3dc4, #c0a8ff)' },
  { tag: tags.comment, color: 'light-dark(#5c636a, #a6adb4)', fontStyle: 'italic' },
]);

/** A text with its lines numbered and its problems marked, to be put right in place. */
export function TextEditor({ label, language, value, onChange, findings, at }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const tell = useRef(onChange);
  const given = useRef('');
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    const extensions = [
      basicSetup,
      language === 'yaml' ? yaml() : xml(),
      syntaxHighlighting(COLOURS),
      lintGutter(),
      LOOK,
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      EditorView.updateListener.of((update) => {
        const text = update.state.doc.toString();
        // Only what a person has changed is told, not what was put in.
        if (!update.docChanged || text === given.current) return;
        given.current = text;
        tell.current(text);
      }),
    ];
    const made = new EditorView({ state: EditorState.create({ doc: '', extensions }), parent: place.current as HTMLElement });
    view.current = made;
    return () => made.destroy();
  }, [label, language]);
  useEffect(() => {
    const made = view.current;
    given.current = value.replace(/\r\n?/g, '\n');
    if (made && made.state.doc.toString() !== given.current) made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: given.current } });
  }, [value, label, language]);
  useEffect(() => {
    const made = view.current;
    if (made) made.dispatch(setDiagnostics(made.state, diagnosticsOf(made.state, findings)));
  }, [findings, label, language]);
  useEffect(() => {
    const made = view.current;
    if (!made || !at) return;
    const { from } = made.state.doc.line(Math.min(Math.max(1, at.line), made.state.doc.lines));
    made.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
    made.focus();
  }, [at]);
  return <div ref={place} />;
}

function diagnosticsOf(state: EditorState, findings: readonly Finding[]): Diagnostic[] {
  return findings.flatMap((finding) => {
    if (finding.line === null || finding.line > state.doc.lines) return [];
    const { from, to } = state.doc.line(finding.line);
    return [{ from, to, severity: 'error' as const, message: [finding.path, finding.message].filter(Boolean).join(': ') }];
  });
}
