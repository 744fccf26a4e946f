import { chooseFiles, type Field, FIELDS, type Texts, UnusablePackage, withoutFolder } from './packageFiles';

const MOST_BYTES = 200_000_000;
const LONGEST_TEXT = 2_000_000;
const MOST_FILES = 2_000;
const DEEPEST_FOLDER = 8;

export interface Given {
  /** Path within what was chosen: with its folder, if it was one. */
  path: string;
  file: Blob;
}

export interface ContentPackage {
  /** What it was called: a folder, an archive or a file. */
  source: string;
  texts: Texts;
  paths: Partial<Record<Field, string>>;
  others: string[];
}

/** The texts of what was chosen: an archive, a folder or files. Throws {@link UnusablePackage}. */
export async function readPackage(given: readonly Given[]): Promise<ContentPackage> {
  if (given.reduce((sum, { file }) => sum + file.size, 0) > MOST_BYTES) throw new UnusablePackage(`A package has ${MOST_BYTES / 1e6} MB at the most.`);
  const [only] = given;
  if (given.length === 1 && only && /\.zip$/i.test(only.path)) return { source: only.path, ...(await ofArchive(only.file)) };
  const { folder, paths } = withoutFolder(given.map(({ path }) => path));
  const files = new Map(paths.map((path, index) => [path, given[index]?.file as Blob]));
  const chosen = chooseFiles(paths);
  const bytes = async (path: string) => {
    const file = files.get(path) as Blob;
    refuseLong(path, file.size);
    return new Uint8Array(await file.arrayBuffer());
  };
  return { source: folder || (chosen.paths.topology_yaml as string), ...chosen, texts: await textsOf(chosen.paths, bytes) };
}

/** Only what is sent is unpacked, and no more of it than its header says. */
async function ofArchive(file: Blob): Promise<Omit<ContentPackage, 'source'>> {
  const { unzipSync } = await import('fflate');
  const packed = new Uint8Array(await file.arrayBuffer());
  try {
    const sizes = new Map<string, number>();
    unzipSync(packed, { filter: ({ name, originalSize }) => !name.endsWith('/') && (sizes.set(name, originalSize), false) });
    const chosen = chooseFiles([...sizes.keys()]);
    const wanted = new Set(Object.values(chosen.paths));
    for (const path of wanted) refuseLong(path, sizes.get(path) ?? 0);
    const unpacked = unzipSync(packed, { filter: ({ name }) => wanted.has(name) });
    return { ...chosen, texts: await textsOf(chosen.paths, async (path) => unpacked[path] as Uint8Array) };
  } catch (error) {
    if (error instanceof UnusablePackage) throw error;
    throw new UnusablePackage(`The archive cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

function refuseLong(path: string, size: number): void {
  if (size > LONGEST_TEXT) throw new UnusablePackage(`${path} has ${size.toLocaleString('en')} bytes; ${LONGEST_TEXT.toLocaleString('en')} are accepted.`);
}

async function textsOf(paths: Partial<Record<Field, string>>, bytes: (path: string) => Promise<Uint8Array>): Promise<Texts> {
  const texts: Texts = { topology_yaml: '', content_xml: '', grading_yaml: '' };
  for (const { field } of FIELDS) {
    const path = paths[field];
    if (path !== undefined) texts[field] = decoded(path, await bytes(path));
  }
  return texts;
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnusablePackage(`${path} is not UTF-8.`, { cause: error });
  }
}

/** What was dropped, folders with all that is in them. Throws {@link UnusablePackage} when that is too much. */
export async function dropped(items: DataTransferItemList): Promise<Given[]> {
  // The list is gone after the first await.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: Given[] = [];
  for (const entry of entries) await collect(entry, found, DEEPEST_FOLDER);
  return found;
}

async function collect(entry: FileSystemEntry, found: Given[], deeper: number): Promise<void> {
  if (found.length >= MOST_FILES || deeper < 0) throw new UnusablePackage(`A package has ${MOST_FILES.toLocaleString('en')} files at the most, ${DEEPEST_FOLDER} folders deep.`);
  if (entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  for (const each of await listed(entry as FileSystemDirectoryEntry)) await collect(each, found, deeper - 1);
}

/** Browsers tell a folder in parts, the last of which is empty. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length <= MOST_FILES) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    all.push(...part);
  }
  return all;
}
