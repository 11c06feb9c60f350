import { clipText } from '../clip-text';

/** What an agent says of how it worked. A part that is absent is unknown. Plain JSON. */
export interface ReportedWork {
  /** Names of the tools that it used, in order, one a call. */
  tools?: readonly string[];
  /** Paths. */
  filesChanged?: readonly string[];
  /** That it exchanged with its model. */
  messages?: number;
}

const maxTools = 500;
const maxToolLength = 100;
const maxFiles = 200;
const maxPathLength = 500;

/** The beginning of it, where it is long: attempts may make thousands of calls. */
export function boundedWork({ tools, filesChanged, messages }: ReportedWork): ReportedWork {
  return {
    ...(tools && { tools: tools.slice(0, maxTools).map((tool) => clipText(tool, maxToolLength)) }),
    ...(filesChanged && {
      filesChanged: [...new Set(filesChanged)].slice(0, maxFiles).map((path) => clipText(path, maxPathLength)),
    }),
    ...(messages !== undefined && { messages }),
  };
}

/** With all its texts changed. */
export function mapTexts(
  { tools, filesChanged, ...rest }: ReportedWork,
  change: (text: string) => string,
): ReportedWork {
  return {
    ...rest,
    ...(tools && { tools: tools.map(change) }),
    ...(filesChanged && { filesChanged: filesChanged.map(change) }),
  };
}
