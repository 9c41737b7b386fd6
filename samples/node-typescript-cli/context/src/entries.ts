export interface Entry {
  version: string;
  text: string;
}

export const sample: Entry[] = [
  { version: '1.0.0', text: 'first release' },
  { version: '1.10.0', text: 'sort by version – not by letter' },
  { version: '1.2.0', text: 'read templates' },
];
