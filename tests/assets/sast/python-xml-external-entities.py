import xml.sax
import xml.sax.handler

from lxml import etree


def read(path):
    # ruleid: python-xml-external-entities
    first = etree.XMLParser(resolve_entities=True)
    # ruleid: python-xml-external-entities
    second = etree.XMLParser(load_dtd=True, no_network=True)
    # ruleid: python-xml-external-entities
    third = etree.XMLParser(no_network=False)
    parser = xml.sax.make_parser()
    # ruleid: python-xml-external-entities
    parser.setFeature(xml.sax.handler.feature_external_ges, True)
    # ok: python-xml-external-entities
    parser.setFeature(xml.sax.handler.feature_external_ges, False)
    # ok: python-xml-external-entities
    fourth = etree.XMLParser(resolve_entities=False, no_network=True)
    # ok: python-xml-external-entities
    fifth = etree.parse(path)
    return first, second, third, fourth, fifth
