export type Field = 'topology_yaml' | 'content_xml' | 'grading_yaml';
export type Texts = Record<Field, string>;

/** The texts that are sent, with the names under which the system looks for them. */
export const FIELDS: readonly { field: Field; title: string; names: readonly string[]; language: 'yaml' | 'xml' }[] = [
  { field: 'topology_yaml', title: 'cml.yaml', names: ['cml.yaml', 'cml.yml'], language: 'yaml' },
  { field: 'content_xml', title: 'content.xml', names: ['content.xml'], language: 'xml' },
  { field: 'grading_yaml', title: 'grade.yaml', names: ['grade.yaml', 'grade.yml', 'grading.yaml', 'grading.yml'], language: 'yaml' },
];

const DEEPEST = 2;
const TERMS_FILE = 'definition.yaml';
const ANY_YAML = /\.ya?ml$/i;

/** Why files cannot be a package, in words for who chose them. */
export class UnusablePackage extends Error {}

export interface ChosenFiles {
  /** Where each text is in the package. */
  paths: Partial<Record<Field, string>>;
  /** What is not sent: tasks, assets, terms for the command line. */
  others: string[];
}

/** Which of *paths* are the texts; a single YAML file is a topology, whatever its name. Throws {@link UnusablePackage}. */
export function chooseFiles(paths: readonly string[]): ChosenFiles {
  const chosen: Partial<Record<Field, string>> = {};
  for (const { field, names } of FIELDS) {
    const path = theOne(paths, names);
    if (path !== undefined) chosen[field] = path;
  }
  if (!chosen.topology_yaml) {
    const yaml = paths.filter((path) => ANY_YAML.test(path) && path !== chosen.grading_yaml && fileName(path) !== TERMS_FILE);
    if (yaml.length !== 1) throw new UnusablePackage('There is no topology: a file cml.yaml, at most two folders deep, or one YAML file alone.');
    chosen.topology_yaml = yaml[0];
  }
  const known = new Set(Object.values(chosen));
  return { paths: chosen, others: paths.filter((path) => !known.has(path)).sort() };
}

/** The highest of that name; two at one height are refused, as the system does. */
function theOne(paths: readonly string[], names: readonly string[]): string | undefined {
  const found = paths.filter((path) => names.includes(fileName(path)) && heightOf(path) <= DEEPEST);
  const highest = Math.min(...found.map(heightOf));
  const chosen = found.filter((path) => heightOf(path) === highest);
  if (chosen.length > 1) throw new UnusablePackage(`${chosen.join(', ')}: only one of them can count; take the others out.`);
  return chosen[0];
}

function heightOf(path: string): number {
  return path.split('/').length - 1;
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** Paths of a chosen folder begin with its name: without it, and the name itself. */
export function withoutFolder(paths: readonly string[]): { folder: string; paths: string[] } {
  const [first = ''] = paths;
  const folder = first.includes('/') ? (first.split('/')[0] as string) : '';
  if (!folder || !paths.every((path) => path.startsWith(`${folder}/`))) return { folder: '', paths: [...paths] };
  return { folder, paths: paths.map((path) => path.slice(folder.length + 1)) };
}

/** A name for the definition, from that of a folder, an archive or a file; none from what every package calls it. */
export function nameOf(source: string): string {
  if (FIELDS.some(({ names }) => names.includes(fileName(source)))) return '';
  const bare = source.replace(/\.(zip|ya?ml)$/i, '').toLowerCase();
  return bare.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 100);
}

export interface Finding {
  /** The text that it is in; null of what was said beside the files. */
  field: Field | null;
  /** JSON pointer in that text, such as "/nodes/3/label"; in the request without a text. */
  path: string;
  line: number | null;
  message: string;
}

const LINE = /^line (\d+): ([\s\S]*)$/;

/** The problems of a refusal by the text, path and line that they are at. */
export function findingsOf(errors: readonly { pointer: string; message: string }[]): Finding[] {
  return errors.map(({ pointer, message }) => {
    const [, first = '', ...rest] = pointer.replace(/^#/, '').split('/');
    const field = FIELDS.find((each) => each.field === first)?.field ?? null;
    const told = LINE.exec(message);
    return {
      field,
      path: field ? (rest.length > 0 ? `/${rest.join('/')}` : '') : pointer.replace(/^#/, ''),
      line: told ? Number(told[1]) : null,
      message: told?.[2] ?? message,
    };
  });
}
