import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** JSON Schemas of zod schemas; those with a name are written once, and referred to. */
export class SchemaBook {
  private readonly byName = new Map<string, JsonSchema>();

  /** `input`: what is sent; `output`: what is answered. */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const {
      $schema: _,
      $defs,
      ...written
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      reused: 'inline',
    }) as JsonSchema;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      this.keep(name, definition);
    }
    const name = z.globalRegistry.get(schema)?.id;
    if (name === undefined) return moved(written);
    // Of a schema with a name, zod writes a reference, and what it leads to among the definitions.
    if (written['$ref'] === undefined) this.keep(name, written);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Of a query or a path. What is sent is text; the schema says what the text must be. */
  parameters(schema: z.ZodObject | undefined, part: 'query' | 'path'): JsonSchema[] {
    return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
      const { description, ...rest } = this.of(field as z.ZodType, 'output');
      return {
        name,
        in: part,
        required: part === 'path' || !(field as z.ZodType).safeParse(undefined).success,
        ...(description !== undefined && { description }),
        schema: withoutNul(rest),
      };
    });
  }

  named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.byName].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  private keep(name: string, { id: _, ...definition }: JsonSchema): void {
    this.byName.set(name, moved(definition));
  }
}

/** Texts of which the schema says nothing else may be all but one thing, which no database takes: see parse-request.ts. */
function withoutNul(schema: JsonSchema): JsonSchema {
  const { type, items } = schema;
  if (type === 'array' && typeof items === 'object') return { ...schema, items: withoutNul(items as JsonSchema) };
  const isAnyText = type === 'string' && !['pattern', 'enum', 'const', 'format'].some((key) => key in schema);
  return isAnyText ? { ...schema, pattern: '^[^\\u0000]*$' } : schema;
}

/** With references that lead into an OpenAPI document. */
function moved(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'),
  ) as JsonSchema;
}
