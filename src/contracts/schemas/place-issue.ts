import { formatPlanPath } from '../../domain/plan/issue';
import type { PlanIssue } from '../../domain/plan/issue';
import type { SourceIssue } from './source-position';
import type { YamlSource } from './yaml-source';

/** An issue with where it stands in the file, its path before the message. */
export function placeIssue(
  file: string,
  { path, message, atKey }: PlanIssue,
  source: Pick<YamlSource, 'locate'>,
): SourceIssue {
  const prefix = path.length === 0 ? '' : `${formatPlanPath(path)}: `;
  return { file, ...source.locate(path, atKey ?? false), message: prefix + message, path };
}
