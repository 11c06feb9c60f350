interface JsonSchema {
  $ref?: string;
  type?: string;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
}

interface Operation {
  parameters?: { name: string; in: string; schema: JsonSchema }[];
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

/** An address whose answer has lists. */
export interface ListRoute {
  url: string;
  /** Names of the lists. */
  lists: string[];
  /** It takes a cursor, and says what the next one is. */
  isPaged: boolean;
  /** What `limit` may be at most. */
  mostRows: number;
}

/** All of an OpenAPI document that are got. */
export function listRoutesOf(document: object): ListRoute[] {
  const { paths, components } = document as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, JsonSchema> };
  };
  const propertiesOf = ({ responses }: Operation): [string, JsonSchema][] => {
    const schema = responses['200']?.content?.['application/json']?.schema;
    const name = schema?.$ref?.split('/').at(-1);
    const found = name === undefined ? schema : components.schemas[name];
    // An answer that is a list, and nothing else, has no place for a `next`.
    return found?.type === 'array' ? [['', found]] : Object.entries(found?.properties ?? {});
  };
  return Object.entries(paths).flatMap(([url, { get }]) => {
    if (!get) return [];
    const properties = propertiesOf(get);
    const lists = properties.filter(([, { type }]) => type === 'array').map(([name]) => name);
    if (lists.length === 0) return [];
    const asked = new Map((get.parameters ?? []).map(({ name, schema }) => [name, schema]));
    const isPaged = asked.has('cursor') && asked.has('limit') && properties.some(([name]) => name === 'next');
    return [{ url, lists, isPaged, mostRows: asked.get('limit')?.maximum ?? Infinity }];
  });
}
